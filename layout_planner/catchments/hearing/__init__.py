"""What families say of a plan: replies gathered from files nobody vouches for, and what they weigh."""
