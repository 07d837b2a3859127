from . import content, packing
