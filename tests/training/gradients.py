"""A worker for `test_processes`: one batch's gradients, as all processes have them together."""

import atexit
import os
import sys
from functools import partial

import torch
from safetensors.torch import save_file
from torch import distributed

from textgan.networks.critic import Critic
from textgan.objectives.phases import critic_backward
from textgan.objectives.wgan_gp import wgan_gp
from textgan.training.draws import batch_noise
from textgan.training.processes import join

BATCH, LENGTH, VOCAB = 48, 12, 20

# In one write, which processes that share a pipe cannot cut in two.
atexit.register(lambda: os.write(1, b"group left: %r\n" % (not distributed.is_initialized())))
processes = join("cpu")
torch.manual_seed(0)
critic = Critic(vocab=VOCAB, length=LENGTH, width=32, blocks=2)
draw = partial(batch_noise, processes.part(BATCH), seed=0, step=0)
real = (draw((LENGTH,), purpose=1, uniform=True) * VOCAB).long()
fake = draw((LENGTH, VOCAB), purpose=2, uniform=False).softmax(-1)
mix = draw((), purpose=3, uniform=True)
critic_backward(wgan_gp(), critic, real, fake, mix, torch.float32)
processes.average([p.grad for p in critic.parameters()])
if processes.first:
    save_file({name: p.grad for name, p in critic.named_parameters()}, sys.argv[1])
