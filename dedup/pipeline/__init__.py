"""The order of the stages: `scan` over many articles, `single` over one or two, `indexes` over a stored pile."""
