"""Work on a Dask cluster, equal to the same work in threads; `core.compute.spread` is the way in."""
