"""What the detector's tensors mean: its classes, its frame and its grid."""

CLASSES = ("head", "tail", "plate")
STRIDE = 8
NET_WIDTH, NET_HEIGHT = 640, 384
PICTURE_HEIGHT = 360  # of a 16:9 frame; the rows below stay black
