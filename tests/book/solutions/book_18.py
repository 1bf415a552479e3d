def symptoms(rows):
    def group(image, latents):
        if image > 20:
            return "lost"
        return "equal" if image < 0.01 and latents < 1e-4 else "plausible"

    return {name: group(*row) for name, row in rows.items()}


def time_ids(original, crop, target):
    return [*original, *crop, *target]
