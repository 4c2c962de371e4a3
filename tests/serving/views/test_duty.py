from serving.views.duty import Duty


def test_a_refresh_takes_at_most_a_tenth_of_the_time() -> None:
    now = 100.0
    duty = Duty(lambda: now)
    assert duty.due
    with duty.spend():
        now += 2.0
    now += 17.9
    assert not duty.due
    now += 0.2
    assert duty.due
