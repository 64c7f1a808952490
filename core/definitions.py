"""What a radiomic feature measures and what a high value means, in one sentence for a radiologist.

The definitions are those of the Image Biomarker Standardisation Initiative (reference manual of Zwanenburg et al.
2020, doi:10.1148/radiol.2020191145), said in words of our own; by code, since a code means "same definition". Lengths
are in mm where the program works in mm, as PyRadiomics does; "image units" are HU in CT.
"""

from __future__ import annotations

import re

#: By IBSI code. A statistic that several texture matrices share names what it counts: pairs, runs, zones ...
DEFINITIONS: dict[str, str] = {
    # Shape.
    "RNU0": "Volume inside the surface of the region, in mm³; high is a large lesion.",
    "YEKZ": "Volume as the number of voxels times the size of one, in mm³; high is a large lesion.",
    "C0JK": "Area of the region's surface, in mm²; high is a large or a ragged lesion.",
    "2PR5": "Surface area for each unit of volume, in 1/mm; high is a small or a ragged lesion.",
    "QCFX": "How close the shape is to a ball, from 0 to 1; 1 is a perfect ball, low is irregular or stretched.",
    "L0JK": "Largest distance between two points of the surface in any direction, in mm; high is a long lesion.",
    "TDIC": "Length of the longest axis of the ellipsoid that fits the region, in mm; high is a long lesion.",
    "P9VJ": "Length of the second axis of the ellipsoid that fits the region, in mm; high is a broad lesion.",
    "7J51": "Length of the shortest axis of the ellipsoid that fits the region, in mm; high is a thick lesion.",
    "Q3CK": "Second axis over longest axis, 0 to 1; high is NOT elongated, low is cigar-shaped.",
    "N17B": "Shortest axis over longest axis, 0 to 1; high is NOT flat, low is flat or thin.",
    # First order: the values, wherever they stand.
    "Q4LE": "Average intensity of the region, in image units; high is bright (dense in CT).",
    "ECT3": "Spread of the intensities around their mean, in squared image units; high is a mixed lesion.",
    "KE2A": "Lopsidedness of the intensities; above 0 a tail of bright voxels, below 0 a tail of dark ones.",
    "IPH6": "How much the intensities pile up in a peak with long tails; high means rare extreme voxels.",
    "Y12H": "Intensity that half of the voxels exceed, in image units; high is bright, outliers hardly count.",
    "1GSF": "Intensity of the darkest voxel, in image units; one odd voxel decides.",
    "QG58": "Intensity below which a tenth of the voxels lie, in image units; high: even dark parts are bright.",
    "8DWT": "Intensity below which nine tenths of the voxels lie, in image units; high: the bright parts are bright.",
    "84IY": "Intensity of the brightest voxel, in image units; one odd voxel (calcium, metal) decides.",
    "SALO": "Width of the middle half of the intensities, in image units; high is a mixed lesion.",
    "2OJQ": "Brightest minus darkest voxel, in image units; high means extremes, and noise adds to it.",
    "4FUA": "Average distance of the intensities from their mean, in image units; high is a mixed lesion.",
    "1128": "As mean absolute deviation, without the darkest and brightest tenth; high is a mixed lesion.",
    "N8CA": "Sum of the squared intensities; high is bright (or very dark, in HU) and above all large.",
    "5ZWQ": "Root of the mean squared intensity, in image units; high is far from 0, whether above or below.",
    "TLU2": "Disorder of the histogram of intensities, in bits; high means many grey levels, none of them common.",
    "BJ5W": "How much of the histogram a few grey levels hold, 0 to 1; high is an even lesion.",
    # Co-occurrence: pairs of neighbouring voxels.
    "GYBY": "Share of the commonest pair of grey levels among neighbours; high means one pattern prevails.",
    "60VM": "Average grey level over pairs of neighbours; high is bright.",
    "UR99": "Spread of grey levels over pairs of neighbours; high is a mixed lesion.",
    "TU9B": "Disorder of the pairs of neighbouring grey levels, in bits; high is a texture of many patterns.",
    "TF7R": "Average difference in grey level between neighbours; high is a rough texture.",
    "D3YU": "Spread of the differences between neighbours; high means smooth parts and sharp edges together.",
    "NTRS": "Disorder of the differences between neighbours, in bits; high means steps of many sizes.",
    "ZGXS": "Average sum of two neighbouring grey levels, twice their joint average; high is bright.",
    "P6QZ": "Disorder of the sums of neighbouring grey levels, in bits; high means bright and dark places alike.",
    "8ZQL": "How few pairs of neighbouring grey levels prevail, 0 to 1; high is an orderly, even texture.",
    "ACUI": "Average squared difference between neighbouring grey levels; high means sharp local steps.",
    "IB1Z": "Likeness of neighbouring grey levels, 0 to 1; high is a smooth texture.",
    "NDRX": "Likeness of neighbours, with differences relative to the number of grey levels; high is smooth.",
    "WF0Z": "Likeness of neighbours, where large steps count far less than small ones; high is a smooth texture.",
    "1QCO": "As inverse difference moment, relative to the squared number of grey levels; high is smooth.",
    "E8JP": "Weight of small steps among neighbours that differ at all; high means gentle changes.",
    "NI2N": "Linear correlation of neighbouring grey levels, -1 to 1; high means intensities change gradually.",
    "QWB0": "Average product of neighbouring grey levels; high means bright voxels lie side by side.",
    "DG8W": "Spread of the sums of neighbouring grey levels; high means patches of like brightness.",
    "7NFM": "Lopsidedness of the sums of neighbouring grey levels; above 0, few bright patches in a dark ground.",
    "AE86": "Weight of extreme sums of neighbouring grey levels; high means a few patches unlike the rest.",
    "R8DG": "How much a voxel tells of its neighbour, 0 or below; the more NEGATIVE, the more structure.",
    "JN9H": "How much a voxel tells of its neighbour, 0 to 1; high is a structured texture, low is like noise.",
    # Run length: voxels of one grey level in a row.
    "22OV": "Weight of short runs of one grey level; high is a fine texture.",
    "W4KF": "Weight of long runs of one grey level; high is a coarse, streaky or even texture.",
    "V3SW": "Weight of runs in dark grey levels; high is a dark lesion.",
    "G3QZ": "Weight of runs in bright grey levels; high is a bright lesion.",
    "HTZT": "Weight of runs that are short and dark; high is a fine texture in dark parts.",
    "GD3A": "Weight of runs that are short and bright; high is a fine texture in bright parts.",
    "IVPO": "Weight of runs that are long and dark; high means extended dark parts.",
    "3KUM": "Weight of runs that are long and bright; high means extended bright parts.",
    "R5YN": "How unequally runs are spread over grey levels; high means a few levels prevail, and a large lesion.",
    "OVBL": "How unequally runs are spread over grey levels, whatever their number; high: a few levels prevail.",
    "W92Y": "How unequally runs are spread over lengths; high means one length prevails, and a large lesion.",
    "IC23": "How unequally runs are spread over lengths, whatever their number; high means one length prevails.",
    "9ZK5": "Runs for each voxel, up to 1; high is a fine texture that changes from voxel to voxel.",
    "8CE5": "Spread of grey levels over the runs; high means bright and dark runs.",
    "SXLW": "Spread of the lengths of runs; high means fine and coarse parts together.",
    "HJ9O": "Disorder of runs over grey levels and lengths, in bits; high is a texture without a rule.",
    # Size zone: connected patches of one grey level.
    "5QRC": "Weight of small patches of one grey level; high is a fine texture.",
    "48P8": "Weight of large patches of one grey level; high is a coarse or even texture.",
    "XMSY": "Weight of patches in dark grey levels; high is a dark lesion.",
    "5GN9": "Weight of patches in bright grey levels; high is a bright lesion.",
    "5RAI": "Weight of patches that are small and dark; high means fine dark spots.",
    "HW1V": "Weight of patches that are small and bright; high means fine bright spots.",
    "YH51": "Weight of patches that are large and dark; high means large dark areas, such as necrosis.",
    "J17V": "Weight of patches that are large and bright; high means large bright areas.",
    "JNSA": "How unequally patches are spread over grey levels; high: a few levels prevail, and a large lesion.",
    "Y1RO": "How unequally patches are spread over grey levels, whatever their number; high: a few levels prevail.",
    "4JP3": "How unequally patches are spread over sizes; high means one size prevails, and a large lesion.",
    "VB3A": "How unequally patches are spread over sizes, whatever their number; high means one size prevails.",
    "P30P": "Patches for each voxel, up to 1; high is a fine texture of tiny patches.",
    "BYLV": "Spread of grey levels over the patches; high means bright and dark patches.",
    "3NSA": "Spread of the sizes of patches; high means tiny and large patches together.",
    "GU8N": "Disorder of patches over grey levels and sizes, in bits; high is a texture without a rule.",
    # Dependence: how many neighbours are like a voxel.
    "SODN": "Weight of voxels with few neighbours like themselves; high is a fine or noisy texture.",
    "IMOQ": "Weight of voxels with many neighbours like themselves; high is a coarse or even texture.",
    "TL9H": "Weight of dark voxels, counted by their like neighbours; high is a dark lesion.",
    "OAE7": "Weight of bright voxels, counted by their like neighbours; high is a bright lesion.",
    "EQ3F": "Weight of dark voxels with few neighbours alike; high is a fine texture in dark parts.",
    "JA6D": "Weight of bright voxels with few neighbours alike; high is a fine texture in bright parts.",
    "NBZI": "Weight of dark voxels with many neighbours alike; high means even dark areas.",
    "9QMG": "Weight of bright voxels with many neighbours alike; high means even bright areas.",
    "FP8K": "How unequally voxels are spread over grey levels; high: a few levels prevail, and a large lesion.",
    "Z87G": "How unequal the counts of like neighbours are; high: one count prevails, and a large lesion.",
    "OKJI": "How unequal the counts of like neighbours are, whatever the size; high means one count prevails.",
    "1PFV": "Spread of grey levels over voxels, counted by their like neighbours; high is a mixed lesion.",
    "DNX2": "Spread of the number of like neighbours; high means even and busy parts together.",
    "FCBV": "Disorder of grey levels and numbers of like neighbours, in bits; high is a texture without a rule.",
    # Grey-tone difference: a voxel against the average around it.
    "QCDE": "How little a voxel differs from the average around it; high is a coarse texture of slow change.",
    "65HE": "Local differences from the surroundings times the range of grey levels; high is sharp and wide.",
    "NQ30": "How fast intensities change from a voxel to its surroundings; high is a restless texture.",
    "HDEZ": "How many and how large the changes between grey levels are; high is a rich, uneven texture.",
    "1X9X": "How clearly patches stand out; high means distinct patches with large steps between them.",
}

#: Features that PyRadiomics computes and IBSI has no code for, by family and name in lower case.
WITHOUT_CODE: dict[tuple[str, str], str] = {
    ("shape", "maximum2ddiameterslice"): "Largest diameter within one slice, as a rule axial, in mm; high is wide.",
    ("shape", "maximum2ddiametercolumn"): "Largest diameter within one plane, as a rule coronal, in mm; high is long.",
    ("shape", "maximum2ddiameterrow"): "Largest diameter within one plane, as a rule sagittal, in mm; high is deep.",
    ("shape", "compactness1"): "Volume against surface area, largest for a ball; low is irregular or stretched.",
    ("shape", "compactness2"): "Sphericity to the third power, 0 to 1; high is close to a ball.",
    ("shape", "sphericaldisproportion"): "Inverse of sphericity, from 1; high is an irregular or stretched shape.",
    ("firstorder", "totalenergy"): "Energy times the volume of a voxel; high is above all a large lesion.",
    ("firstorder", "standarddeviation"): "Root of the variance, in image units; high is a mixed lesion.",
    ("glcm", "mcc"): "Best correlation of neighbours under any recoding of grey levels, 0 to 1; high is structured.",
}  # fmt: skip

#: What O-RAW calls features of PyRadiomics that have no code.
_ALIASES = {
    "pyrad.diam.max2dslice": "maximum2ddiameterslice",
    "pyrad.diam.max2dcolumn": "maximum2ddiametercolumn",
    "pyrad.diam.max2drow": "maximum2ddiameterrow",
}

#: Where PyRadiomics departs from IBSI, by code.
_DEPARTS = {
    "IPH6": "PyRadiomics does not subtract 3, so its kurtosis is 3 larger than IBSI's: a normal distribution has 3.",
}
_BINNED = (
    "PyRadiomics lets bins of fixed width begin at a multiple of the width and not at the darkest voxel of the region, "
    "so values differ somewhat from IBSI's."
)
_UNCODED = "IBSI has no code for this feature of PyRadiomics."
_TEXTURES = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")
_HISTOGRAM = ("TLU2", "BJ5W")


def definition(ibsi_code: str, family: str = "", name: str = "") -> str:
    """What the feature measures and what a high value means, in one sentence; "" when unknown.

    `ibsi_code` decides. A feature without one is looked for by `family` (shape, firstorder, glcm ...) and `name`,
    which may be a column's whole name (`original_shape_Maximum2DDiameterSlice`) or its last part.
    """
    return DEFINITIONS.get(ibsi_code) or WITHOUT_CODE.get((family.lower(), _last(name)), "")


def departure(ibsi_code: str, family: str = "", name: str = "") -> str:
    """How PyRadiomics departs from IBSI in this feature, as a note; "" when it is not known to.

    For values that PyRadiomics (or a program on it, such as O-RAW) computed; other programs differ in other ways.
    """
    if ibsi_code in _DEPARTS:
        return _DEPARTS[ibsi_code]
    if ibsi_code in _HISTOGRAM or (ibsi_code and family.lower() in _TEXTURES):
        return _BINNED
    return _UNCODED if not ibsi_code and (family.lower(), _last(name)) in WITHOUT_CODE else ""


def _last(name: str) -> str:
    """The feature's own name, in lower case, without filter and family before it."""
    if "|" in name:
        last = re.sub(r"(_avg)?(#\d+)?$", "", name.rpartition("|")[2].partition(".")[2]).lower()
        return _ALIASES.get(last, last)
    return name.rpartition("_")[2].lower()
