"""GridGov (网格治理): the needs and problems of a place, from report to closure."""
