import numpy as np

from training.hall.effects import CameraEffects, drift, motion_blur


def test_a_frame_depends_on_seed_and_number_only():
    grey = np.full((54, 96, 3), 100, np.uint8)
    one, two = (CameraEffects(3, 96, 54, 50, 5.0) for _ in range(2))
    two.apply(grey, 7)
    assert (one.apply(grey, 9) == two.apply(grey, 9)).all()
    assert (one.apply(grey, 9) != one.apply(grey, 10)).any()


def test_noise_has_the_wanted_strength():
    effects = CameraEffects(1, 320, 180, 2, 5.0)
    grey = np.full((180, 320, 3), 128, np.uint8)
    difference = effects.apply(grey, 0, sigma=2.0).astype(float) - effects.apply(grey, 0, sigma=0.0)
    assert 1.6 < difference.std() < 2.4


def test_drift_is_slow_and_bounded():
    walk = drift(np.random.default_rng(0), 5000, 0.02, 0.2)
    assert 0.012 < walk.std() < 0.03 and np.abs(np.diff(walk)).max() < 0.03


def test_blur_keeps_the_light():
    picture = np.zeros((21, 21), np.float32)
    picture[10, 10] = 1
    assert abs(motion_blur(picture, 4.0, 1.0).sum() - 1) < 1e-5
