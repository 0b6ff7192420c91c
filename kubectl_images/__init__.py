"""kubectl-images: deploy Kubernetes manifests whose images are chosen at deploy time."""

__version__ = "0.1.0"
