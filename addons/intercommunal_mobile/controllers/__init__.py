from . import api, shell
