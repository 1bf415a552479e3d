from math import exp


def euler(x, eps, sigma, next_sigma):
    return x + (next_sigma - sigma) * eps


def heun(x, sigma, next_sigma, noise_at):
    d = noise_at(x, sigma)
    there = euler(x, d, sigma, next_sigma)
    if next_sigma == 0:
        return there
    return euler(x, (d + noise_at(there, next_sigma)) / 2, sigma, next_sigma)


def order():
    def error(step, n):
        x = 1.0
        for i in range(n):
            a, b = 1 - 0.5 * i / n, 1 - 0.5 * (i + 1) / n
            x = step(x, a, b)
        return abs(x - exp(-0.5))

    def by_euler(x, a, b):
        return euler(x, x, a, b)

    def by_heun(x, a, b):
        return heun(x, a, b, lambda x, sigma: x)

    return error(by_euler, 100) / error(by_euler, 200), error(by_heun, 100) / error(by_heun, 200)
