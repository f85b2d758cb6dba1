"""One seed from several integers."""

from hashlib import blake2b


def mix_seed(purpose: str, *parts: int) -> int:
    """Turns several integers into one seed, the same on every machine and in every process.

    Neighbouring inputs give unrelated seeds, unlike a sum or a product of the parts; so do the same
    integers for different purposes (at most 16 ASCII characters). Parts may have any sign, less
    than 2**63 in size; the seed is from 0 to 2**63 - 1.
    """
    text = b"".join(part.to_bytes(8, "little", signed=True) for part in parts)
    digest = blake2b(text, digest_size=8, person=purpose.encode("ascii")).digest()
    return int.from_bytes(digest, "little") >> 1
