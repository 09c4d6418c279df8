"""What all faces share: who asks, one request, limits, views, what errors mean."""
