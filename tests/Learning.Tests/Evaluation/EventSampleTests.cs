using LifelongApi.Learning.Evaluation;

namespace LifelongApi.Learning.Tests.Evaluation;

public sealed class EventSampleTests
{
    [Fact]
    public void The_order_in_which_events_are_offered_does_not_matter_and_the_stream_does()
    {
        var forward = Sample("fraud", 20, Enumerable.Range(1, 1000));

        Assert.Equal(20, forward.Count);
        Assert.Equal(forward, Sample("fraud", 20, Enumerable.Range(1, 1000).Reverse()));
        Assert.NotEqual(forward, Sample("spam", 20, Enumerable.Range(1, 1000)));
        Assert.Equal(forward.Order(), forward);
    }

    [Fact]
    public void Fewer_events_than_fit_are_all_taken()
    {
        Assert.Equal([3, 8, 9], Sample("fraud", 20, [9, 3, 8]));
    }

    [Fact]
    public void Every_event_is_taken_equally_often_over_many_streams()
    {
        var counts = new int[100];
        for (var stream = 0; stream < 2000; stream++)
        {
            foreach (var sequence in Sample($"stream-{stream}", 10, Enumerable.Range(0, 100)))
            {
                counts[sequence]++;
            }
        }

        // Expected 200 each, standard deviation 13.4: chi-squared with 99 degrees of freedom stays below 149 in 999 of 1,000 cases.
        Assert.InRange(counts.Sum(count => (count - 200.0) * (count - 200.0) / 200), 40, 149);
    }

    private static IReadOnlyList<long> Sample(string stream, int capacity, IEnumerable<int> sequences)
    {
        var sample = new EventSample(stream, capacity);
        foreach (var sequence in sequences)
        {
            sample.Offer(sequence);
        }

        return sample.Sequences();
    }
}
