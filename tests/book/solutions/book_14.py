from math import log


def bucket(height, width, buckets):
    return min(buckets, key=lambda size: abs(log(size[0] / size[1]) - log(height / width)))


def crop_range(height, width, target):
    scale = max(target[0] / height, target[1] / width)
    scaled = max(round(height * scale), target[0]), max(round(width * scale), target[1])
    return scaled, scaled[0] - target[0], scaled[1] - target[1]


def time_ids(height, width, top, left, target):
    return [height, width, top, left, *target]
