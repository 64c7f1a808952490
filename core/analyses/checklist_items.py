"""The items of three checklists in short words of our own, each with the evidence that may speak to it.

Numbers are those of the publications, whose full text says what each item asks for: TRIPOD+AI (Collins et al. 2024,
doi:10.1136/bmj-2023-078378), TRIPOD (Collins et al. 2015, doi:10.7326/M14-0697), CLEAR (Kocak et al. 2023,
doi:10.1186/s13244-023-01415-8).
"""

from __future__ import annotations

from typing import NamedTuple

TRIPOD, CLEAR = "TRIPOD+AI 2024", "CLEAR 2023"


class Item(NamedTuple):
    """`number` as published (of TRIPOD also the number of 2015), `rule` the name of its evidence, "" for none.

    `still` is what only the author can say, also where the data show something.
    """

    guideline: str
    number: str
    section: str
    what: str
    rule: str = ""
    still: str = ""


def _tripod(number: str, before: str, section: str, what: str, rule: str = "", still: str = "") -> Item:
    return Item(TRIPOD, f"{number} ({before})" if before else number, section, what, rule, still)


def _clear(number: int, section: str, what: str, rule: str = "", still: str = "") -> Item:
    return Item(CLEAR, str(number), section, what, rule, still)


TRIPOD_ITEMS = (
    _tripod("1", "2015: 1", "Title", "Prediction model, its patients and its outcome named"),
    _tripod("2", "2015: 2", "Abstract", "Structured summary"),
    _tripod("3a", "2015: 3a", "Background", "The clinical question and the models that exist"),
    _tripod("3b", "", "Background", "For whom the model is, and where in care"),
    _tripod("3c", "", "Background", "Known inequalities between groups of patients"),
    _tripod("4", "2015: 3b", "Objectives", "Development, evaluation, or both"),
    _tripod("5a", "2015: 4a", "Data", "Where the data come from", "source", "Why these, and whom they stand for"),
    _tripod("5b", "2015: 4b", "Data", "Dates of entry and of follow-up"),
    _tripod("6a", "2015: 5a", "Participants", "Setting, and number of centres", "centres", "Kind and place of care"),
    _tripod("6b", "2015: 5b", "Participants", "Who was eligible", "eligibility", "Who came into the study itself"),
    _tripod("6c", "2015: 5c", "Participants", "Treatments", "treatments", "How they were handled"),
    _tripod("7", "", "Data preparation", "Checks and cleaning", "preparation", "What was done before the import"),
    _tripod("8a", "2015: 6a", "Outcome", "What is predicted, and when", "outcome", "How it was assessed, and why it"),
    _tripod("8b", "", "Outcome", "Who assessed it"),
    _tripod("8c", "2015: 6b", "Outcome", "Blinding of its assessment"),
    _tripod("9a", "", "Predictors", "Candidates, and what was chosen beforehand", "candidates", "Why these"),
    _tripod("9b", "2015: 7a", "Predictors", "How each is defined", "predictors", "When and how they were measured"),
    _tripod("9c", "2015: 7b", "Predictors", "Who assessed those that need judgement"),
    _tripod("10", "2015: 8", "Sample size", "How many, and whether they suffice", "sample", "How it was arrived at"),
    _tripod("11", "2015: 9", "Missing data", "What is missing and how it was handled", "missing", "Why it is missing"),
    _tripod("12a", "", "Analysis", "How data were used for development and evaluation", "split"),
    _tripod("12b", "2015: 10a", "Analysis", "Form and scaling of predictors", "scaling"),
    _tripod("12c", "2015: 10b", "Analysis", "Kind of model, its building, its internal validation", "model"),
    _tripod("12d", "", "Analysis", "Differences between centres", "heterogeneity"),
    _tripod("12e", "2015: 10d", "Analysis", "Measures of performance", "measures", "Why these"),
    _tripod("12f", "2015: 10e", "Analysis", "Updating of the model after evaluation"),
    _tripod("12g", "2015: 10c", "Analysis", "How predictions for evaluation were made", "predictions"),
    _tripod("13", "", "Class imbalance", "What was done about it", "imbalance"),
    _tripod("14", "", "Fairness", "What was done for it"),
    _tripod("15", "2015: 11", "Output", "Probabilities or classes, and thresholds", "output", "Why this threshold"),
    _tripod("16", "2015: 12", "Evaluation data", "How they differ from those of development"),
    _tripod("17", "", "Ethics", "Approval and consent"),
    _tripod("18a", "2015: 22", "Open science", "Funding"),
    _tripod("18b", "", "Open science", "Conflicts of interest"),
    _tripod("18c", "", "Open science", "Protocol"),
    _tripod("18d", "", "Open science", "Registration"),
    _tripod("18e", "", "Open science", "Where the data are", "sharing", "How others get at them"),
    _tripod("18f", "", "Open science", "Where the code is", "code", "Where it is published"),
    _tripod("19", "", "Patients and public", "How they were involved"),
    _tripod("20a", "2015: 13a", "Results", "Flow of the patients", "flow"),
    _tripod("20b", "2015: 13b", "Results", "Their characteristics", "baseline"),
    _tripod("20c", "2015: 13c", "Results", "Evaluation beside development data"),
    _tripod("21", "2015: 14a", "Results", "Patients and events in each analysis", "n"),
    _tripod("-", "2015: 14b", "Results", "Each candidate by itself", "unadjusted"),
    _tripod("22", "2015: 15a, 15b", "Results", "The whole model, so that others can use it", "full"),
    _tripod("23a", "2015: 16", "Results", "Performance with intervals", "uncertainty"),
    _tripod("23b", "", "Results", "Performance by centre or group", "heterogeneity"),
    _tripod("24", "2015: 17", "Results", "Results of updating"),
    _tripod("25", "2015: 19a, 19b", "Discussion", "What it means"),
    _tripod("26", "2015: 18", "Discussion", "Limitations"),
    _tripod("27a", "", "Discussion", "What to do with poor or missing input"),
    _tripod("27b", "", "Discussion", "Who has to do what to use it"),
    _tripod("27c", "2015: 20", "Discussion", "What is next"),
)  # fmt: skip

CLEAR_ITEMS = (
    _clear(1, "Title", "Radiomics, and of which kind, in the title"),
    _clear(2, "Abstract", "Structured summary"),
    _clear(3, "Keywords", "Keywords of radiomics"),
    _clear(4, "Introduction", "The scientific or clinical background"),
    _clear(5, "Introduction", "Why radiomics"),
    _clear(6, "Introduction", "Aims"),
    _clear(7, "Study design", "Checklists that were followed"),
    _clear(8, "Study design", "Ethics"),
    _clear(9, "Study design", "Sample size", "sample", "How it was arrived at"),
    _clear(10, "Study design", "Prospective or retrospective"),
    _clear(11, "Study design", "Eligibility", "eligibility", "Who came into the study itself"),
    _clear(12, "Study design", "Diagram of the technical steps"),
    _clear(13, "Data", "Source", "source", "Private or public, by part of the data"),
    _clear(14, "Data", "Overlap with earlier publications"),
    _clear(15, "Data", "How data were split, and what keeps the answer out", "leaks"),
    _clear(16, "Data", "Imaging protocol", "acquisition", "Parameters that are not attributes here"),
    _clear(17, "Data", "Predictors other than radiomic", "attributes", "Their definitions"),
    _clear(18, "Data", "Reference standard, the outcome", "outcome", "Why it, and its weak points"),
    _clear(19, "Segmentation", "How and of what", "regions", "Strategy, software, two or three dimensions"),
    _clear(20, "Segmentation", "Who segmented"),
    _clear(21, "Pre-processing", "Steps and programs"),
    _clear(22, "Pre-processing", "Resampling"),
    _clear(23, "Pre-processing", "Discretisation"),
    _clear(24, "Pre-processing", "Original and filtered images", "image_types", "Settings of the filters"),
    _clear(25, "Feature extraction", "Program, and its agreement with IBSI", "extraction", "Version and settings"),
    _clear(26, "Feature extraction", "Classes of features", "families"),
    _clear(27, "Feature extraction", "Number of features", "number_of_features"),
    _clear(28, "Feature extraction", "Settings that were left at their defaults"),
    _clear(29, "Data preparation", "Missing data", "missing_amount", "Why, and what was done"),
    _clear(30, "Data preparation", "Balance of the classes", "balance"),
    _clear(31, "Data preparation", "Reliability of the segmentation", "reliability", "Readers, and what was kept"),
    _clear(32, "Data preparation", "Scaling of features", "scaling"),
    _clear(33, "Data preparation", "Reduction of features", "reduction"),
    _clear(34, "Modelling", "Algorithm and versions", "algorithm"),
    _clear(35, "Modelling", "Training and tuning", "tuning"),
    _clear(36, "Modelling", "Confounders", "confounders", "Which there may be besides"),
    _clear(37, "Modelling", "How the final model was chosen", "selection"),
    _clear(38, "Evaluation", "Internal or external testing", "split"),
    _clear(39, "Evaluation", "Measures", "measures", "Why these"),
    _clear(40, "Evaluation", "Uncertainty", "uncertainty"),
    _clear(41, "Evaluation", "Comparison of performances by a test", "comparison"),
    _clear(42, "Evaluation", "Against non-radiomic and combined approaches", "clinical"),
    _clear(43, "Evaluation", "Interpretability"),
    _clear(44, "Results", "Characteristics of the patients", "baseline"),
    _clear(45, "Results", "Flow of the patients", "flow"),
    _clear(46, "Results", "Statistics of the features", "robustness", "Of those that were selected"),
    _clear(47, "Results", "Performance of the model", "performance"),
    _clear(48, "Results", "Results beside other approaches", "comparison"),
    _clear(49, "Discussion", "What was found, in short"),
    _clear(50, "Discussion", "Beside earlier work"),
    _clear(51, "Discussion", "What it is good for in practice"),
    _clear(52, "Discussion", "Strengths and limitations"),
    _clear(53, "Open science", "Images with their segmentations"),
    _clear(54, "Open science", "Feature values", "sharing", "Where they are published"),
    _clear(55, "Open science", "Scripts or settings of pre-processing"),
    _clear(56, "Open science", "Code of the models", "code", "Where it is published"),
    _clear(57, "Open science", "The final model"),
    _clear(58, "Open science", "A tool that can be used at once"),
)  # fmt: skip

ITEMS = (*TRIPOD_ITEMS, *CLEAR_ITEMS)
