"""Workers that share a state folder never share a store."""

from pathlib import Path

from agents.runtime.slot import claim_slot


def test_each_claim_gets_a_folder_of_its_own_and_gives_it_back(tmp_path: Path) -> None:
    with claim_slot(tmp_path) as first, claim_slot(tmp_path) as second:
        assert first != second
    with claim_slot(tmp_path) as again:
        assert again == first
