"""Deleting scans as Python does."""

import stores


def delete_scan(key, force=False):
    stores.store().delete_scan(key, force=force)


COMMANDS = {"delete_scan": delete_scan}
