"""Made-up captions: a small grammar with a seed, so that no test needs a file."""

import random

SUBJECTS = "a cat|a dog|two men|the old bicycle|a small kitchen|some very tall people|it".split("|")
VERBS = "sits|stands|runs|is parked|rests|looks|waits quietly".split("|")
PLACES = "on the mat|in a room|next to a red car|near the sea .|by the door|there".split("|")


def captions(number, seed):
    draw = random.Random(seed)
    return [
        " ".join(
            [draw.choice(SUBJECTS), draw.choice(VERBS)]
            + [draw.choice(PLACES) for _ in range(draw.randrange(4))]
        )
        for _ in range(number)
    ]
