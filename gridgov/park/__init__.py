"""Areas, cells, grids, and the versions of the map."""
