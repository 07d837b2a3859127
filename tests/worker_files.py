"""Plugin of pytest: the files of each worker of xdist are its own."""

import os
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from odoo.tools import config


@pytest.fixture(scope="session", autouse=True)
def own_filestore(load_registry, tmp_path_factory):
    """Files of its own for each worker of xdist: what one deletes stays for others.

    pytest-odoo gives each worker a copy of the database and lets all share the files.
    """
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        yield
        return
    files = tmp_path_factory.mktemp("filestore")
    if Path(config.filestore("")).is_dir():
        shutil.copytree(config.filestore(""), files, dirs_exist_ok=True)
    with patch.object(config, "filestore", return_value=str(files)):
        yield
