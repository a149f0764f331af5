"""Runs cases along their pathways; knows no HTTP."""
