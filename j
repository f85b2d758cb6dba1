{
  "model": "/tmp/pytest-of-root/pytest-164/test_without_a_threshold_it_sa0/False",
  "a": {
    "named": "/tmp/pytest-of-root/pytest-164/test_without_a_threshold_it_sa0/animals/ind 0/0.png",
    "images": [
      "/tmp/pytest-of-root/pytest-164/test_without_a_threshold_it_sa0/animals/ind 0/0.png"
    ],
    "unread": {}
  },
  "b": {
    "named": "/tmp/pytest-of-root/pytest-164/test_without_a_threshold_it_sa0/animals/ind 1/0.png",
    "images": [
      "/tmp/pytest-of-root/pytest-164/test_without_a_threshold_it_sa0/animals/ind 1/0.png"
    ],
    "unread": {}
  },
  "similarity": 0.921994,
  "same": null,
  "probability": null,
  "best_pair": {
    "a": "/tmp/pytest-of-root/pytest-164/test_without_a_threshold_it_sa0/animals/ind 0/0.png",
    "b": "/tmp/pytest-of-root/pytest-164/test_without_a_threshold_it_sa0/animals/ind 1/0.png",
    "similarity": 0.921994
  },
  "retrieval": {
    "vector": "pooled",
    "mirror": false,
    "threshold": null,
    "false_positive_rate": null,
    "slope": 0.0,
    "offset": 0.0
  }
}
