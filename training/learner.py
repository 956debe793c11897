"""What every training here shares: a network, its averaged weights, the optimiser, and the checkpoint that holds them all.

A training stops and resumes at any time: `save` writes everything, the averaged weights included, and never leaves half a file.
"""

import torch

LAST_RATE = 0.01  # share of the learning rate that is left at the end


class Learner:
    """`make()` builds the network. The product is `average`, which follows `net` slowly."""

    def __init__(self, make, rate, decay, averaging, largest_gradient):
        self.net = make().to(memory_format=torch.channels_last)
        self.average = make()
        self.average.load_state_dict(self.net.state_dict())
        self.averaging, self.largest_gradient = averaging, largest_gradient
        decayed = [p for p in self.net.parameters() if p.ndim > 1]
        plain = [p for p in self.net.parameters() if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=rate)
        self.step = 0
        self.seconds = 0.0
        self.pictures = 0

    def state(self):
        return {
            "net": self.net.state_dict(),
            "ema": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "pictures": self.pictures,
        }

    def save(self, path):
        fresh = path.with_suffix(".part")
        torch.save(self.state(), fresh)
        fresh.replace(path)

    def restore(self, path):
        state = torch.load(path, map_location="cpu")
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["ema"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.pictures = state["step"], state["seconds"], state["pictures"]

    def descend(self, rate):
        """A step along the gradients that lie in `net`, unless they are not finite."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.largest_gradient)
        if torch.isfinite(norm):
            self.optimiser.step()
            self.follow()
        self.step += 1

    def follow(self):
        """The averaged weights move a little towards the present ones; quickly at first."""
        keep = min(self.averaging, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mine, new in zip(self.average.state_dict().values(), self.net.state_dict().values()):
                if mine.is_floating_point():
                    mine.lerp_(new.to(mine.device), 1 - keep)
                else:
                    mine.copy_(new)
