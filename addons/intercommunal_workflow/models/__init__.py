from . import (
    transition_mixin,
)
