def linear(i, o, bias=True):
    return i * o + (o if bias else 0)


def conv(i, o):
    return 9 * i * o + o


def parameters(channels=(320, 640, 1280), depths=(0, 2, 10), text=2048, added=2816):
    time = 4 * channels[0]

    def resnet(a, b):
        return 2 * a + conv(a, b) + linear(time, b) + 2 * b + conv(b, b) + (linear(a, b) if a != b else 0)

    def transformer(c, depth):
        block = 18 * c * c + 2 * c * text + 17 * c
        return 2 * c + 2 * linear(c, c) + depth * block if depth else 0

    total = conv(4, channels[0]) + 2 * channels[0] + conv(channels[0], 4)
    total += linear(channels[0], time) + linear(added, time) + 2 * linear(time, time)
    skips, h = [channels[0]], channels[0]
    for level, (c, depth) in enumerate(zip(channels, depths)):
        for _ in range(2):
            total += resnet(h, c) + transformer(c, depth)
            h = c
            skips.append(c)
        if level < len(channels) - 1:
            total += conv(c, c)
            skips.append(c)
    total += 2 * resnet(h, h) + transformer(h, depths[-1])
    for level in reversed(range(len(channels))):
        c = channels[level]
        for _ in range(3):
            total += resnet(h + skips.pop(), c) + transformer(c, depths[level])
            h = c
        if level > 0:
            total += conv(c, c)
    return total


def half():
    return 0, 3, 2


def skip_shapes(height, width):
    shapes = []
    for level, (channels, count) in enumerate(((320, 4), (640, 3), (1280, 2))):
        h, w = height >> level, width >> level
        shapes += [(channels, h, w)] * (3 if level == 0 else 2)
        if level < 2:
            shapes.append((channels, h // 2, w // 2))
    return shapes
