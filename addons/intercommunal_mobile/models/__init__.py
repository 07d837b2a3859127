from . import device, photo, submission
