"""FollowStory: versions, corrections, holds, releases and kills, whatever order they arrive in."""
