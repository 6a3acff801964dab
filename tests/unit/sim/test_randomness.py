"""The generator gives Random123's published words; a draw depends on its address alone."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy import stats

from sim.randomness import Draw, mix_seed, philox4x32, uniform, uniforms

# kat_vectors of Random123 1.14, lines "philox4x32 10": counter, key, expected words.
VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_philox_gives_the_published_words(counter, key, expected):
    assert [int(word) for word in philox4x32(*words(counter), *words(key))] == words(expected)
    with np.errstate(over="ignore"):
        assert [int(word) for word in philox4x32.py_func(*words(counter), *words(key))] == words(expected)


def test_a_uniform_is_the_first_53_bits_of_its_block():
    seed, entity, draw, ordinal = 0x0123456789ABCDEF, 0xFEDCBA9876543210, 9, 77
    w0, w1, _, _ = philox4x32(0x76543210, 0xFEDCBA98, draw, ordinal, 0x89ABCDEF, 0x01234567)
    bits = ((int(w0) << 32) | int(w1)) >> 11
    assert uniform(np.uint64(seed), np.uint64(entity), draw, ordinal) == bits * 2.0**-53 + 2.0**-54


def test_a_column_of_uniforms_is_the_same_as_one_by_one():
    entities = np.array([mix_seed("entity", n) for n in range(200)], dtype=np.uint64)
    ordinals = np.arange(200, dtype=np.int64) * 21_474_836
    seed = mix_seed(3, "behaviour", 0)
    together = uniforms(seed, entities, Draw.TALK + 64, ordinals)
    alone = [uniform(seed, e, int(Draw.TALK) + 64, int(o)) for e, o in zip(entities, ordinals, strict=True)]
    assert together.tolist() == alone
    assert uniforms(seed, entities, Draw.TALK, 5).tolist() == [
        uniform(seed, e, int(Draw.TALK), 5) for e in entities]


def test_every_part_of_the_address_matters():
    base = (np.uint64(1), np.uint64(2), 3, 4)
    changed = [(np.uint64(2), np.uint64(2), 3, 4), (np.uint64(1 << 40), np.uint64(2), 3, 4),
               (np.uint64(1), np.uint64(3), 3, 4), (np.uint64(1), np.uint64(2 | 1 << 40), 3, 4),
               (np.uint64(1), np.uint64(2), 4, 4), (np.uint64(1), np.uint64(2), 3, 5)]
    values = {uniform(*address) for address in [base, *changed]}
    assert len(values) == len(changed) + 1


def test_uniforms_are_uniform_and_unrelated():
    # Null: independent uniforms; n = 100,000. False-alarm rate 2e-7 for the three checks together.
    entities = np.array([mix_seed("somebody", n) for n in range(100_000)], dtype=np.uint64)
    one, other = (uniforms(mix_seed(1, "behaviour", 0), entities, draw) for draw in (Draw.READ, Draw.RING))
    assert 0.0 < one.min() < one.max() < 1.0
    assert stats.kstest(one, "uniform").pvalue > 1e-7 / 2
    assert stats.kstest(other, "uniform").pvalue > 1e-7 / 2
    assert stats.pearsonr(one, other).pvalue > 1e-7


def test_a_channels_draws_are_its_own():
    numbers = [int(draw) + 64 * channel for draw in Draw for channel in range(15)]
    assert len(set(numbers)) == len(numbers)


def test_mixed_seeds_tell_their_parts_apart():
    seeds = [mix_seed(root, name, n) for root in range(20) for name in ("population", "behaviour") for n in range(20)]
    assert len(set(map(int, seeds))) == len(seeds)
    assert mix_seed(1, "behaviour", 2) == mix_seed(1, "behaviour", 2)
    assert mix_seed(11, 2) != mix_seed(1, 12)
    assert isinstance(mix_seed(1), np.uint64)


def test_a_mixed_seed_never_changes():
    # Trajectories hang on it: blake2b, 8 bytes, of the parts between unit separators, little endian.
    expected = int.from_bytes(hashlib.blake2b(b"1\x1fbehaviour\x1f0", digest_size=8).digest(), "little")
    assert int(mix_seed(1, "behaviour", 0)) == expected
