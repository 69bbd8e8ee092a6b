"""How the processes of a run find each other, and only each other.

torchrun keeps one key-value store over all its restarts, and what a killed process had written
there stays. Process groups look their peers up under the same names after a restart as before it:
a process that is early finds the address of one that is dead, and fails or waits for half an hour.
"""

import secrets
import time
from datetime import timedelta

from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous

PATIENCE = timedelta(minutes=30)
PAUSE = 0.01  # seconds between two looks at the store


def meet() -> Store:
    """Find the peers that the environment speaks of (MASTER_ADDR, RANK, WORLD_SIZE).

    Returns:
        a store that these processes alone write to.

    Raises:
        RuntimeError: another process did not come.
    """
    store, rank, count = next(rendezvous("env://", timeout=PATIENCE))
    return PrefixStore(agree(store, rank, count), store)


def agree(store: Store, rank: int, count: int) -> str:
    """A name that these processes share and no earlier ones knew.

    The first process makes it up. Each other one leaves a name of its own and waits for a reply
    under it, so that an old reply is never read; the first one replies to what it finds, which may
    be old, until the other one has taken the reply.

    Args:
        store: what earlier processes wrote may still stand in it.
        rank: of this process.
        count: of processes.

    Raises:
        RuntimeError: another process did not come within `PATIENCE`.
    """
    own = secrets.token_hex(16)
    if rank > 0:
        store.set(f"here/{rank}", own)
        shared = store.get(own).decode()
        store.set(f"{shared}/{rank}", "")
        return shared
    until = time.monotonic() + PATIENCE.total_seconds()
    for other in range(1, count):
        while not store.check([f"{own}/{other}"]):
            if time.monotonic() > until:
                raise RuntimeError(f"process {other} of {count} did not come in {PATIENCE}")
            store.set(store.get(f"here/{other}").decode(), own)
            time.sleep(PAUSE)
    return own
