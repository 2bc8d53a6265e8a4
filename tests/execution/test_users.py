"""Users that kernels run as: of two servers on one machine, none gets a user of the other."""

from __future__ import annotations

import sys

import pytest

from neutrino_lab.kernels.provisioners.users import Users


@pytest.mark.skipif(sys.platform != "linux", reason="users are claimed on Linux")
def test_a_user_is_lent_to_one_server_of_a_machine() -> None:
    one, other = Users(), Users()
    lent = [one.take(), other.take(), one.take(), other.take()]
    try:
        assert len({*lent}) == 4
        one.take_back(lent[0])
        again = Users()
        while (user := again.take()) != lent[0]:
            lent.append(user)
            assert user
        again.take_back(user)
        for each in lent[4:]:
            again.take_back(each)
    finally:
        for user in lent[:4]:
            one.take_back(user)
            other.take_back(user)
