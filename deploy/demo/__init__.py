"""The demonstration: the whole of Tideline on real servers, from events to recommendations, with the figures."""
