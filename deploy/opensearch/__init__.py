"""What a cluster of OpenSearch that others share needs beside the index: roles, and a policy for those that have policies."""
