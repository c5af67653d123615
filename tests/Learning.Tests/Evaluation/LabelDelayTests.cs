using LifelongApi.Contracts.Journal;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Tests.Evaluation;

public sealed class LabelDelayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Quantiles_are_those_of_the_sorted_delays_within_a_thirty_second_part(int count)
    {
        var statistics = new Prequential(isClassifier: true);
        var delays = new List<long>();
        for (var i = 0; i < count; i++)
        {
            // From nothing to about half a year.
            var delay = (long)Math.Pow(10, KeyedRandom.Uniform(7, (ulong)i, 0, 0) * 13.2) - 1;
            delays.Add(delay);
            statistics.Delay.Remember(i + 1, 1000, waits: false);
            statistics.Delay.Answer(new FeedbackReference(i + 1, 1000, EventKind.Predicted, FeedbackCause.Given), hasTarget: true, 1000 + delay);
        }

        delays.Sort();
        var metrics = Prequential.Read(statistics.Write()).Delay.Summarise()!;
        Assert.Equal((count, 0L, (long)count), ((int)metrics.Predicted, metrics.Pending, metrics.Labelled));
        Assert.Equal(delays.Average(delay => delay / 1e6), metrics.DelaySeconds!.Mean, 1e-9 * delays[^1]);
        Assert.Equal(delays[^1] / 1e6, metrics.DelaySeconds.Max);
        foreach (var (percent, found) in new[] { (50, metrics.DelaySeconds.P50), (90, metrics.DelaySeconds.P90), (99, metrics.DelaySeconds.P99) })
        {
            var exact = delays[(int)Math.Ceiling(count * percent / 100.0) - 1] / 1e6;
            Assert.InRange(found, exact * 31 / 32, exact * 33 / 32);
        }
    }

    [Fact]
    public void What_waits_is_due_by_time_by_events_and_by_number_oldest_first_and_survives_being_stored()
    {
        var statistics = new Prequential(isClassifier: true);
        for (var i = 1; i <= 6; i++)
        {
            statistics.Delay.Hear();
            statistics.Delay.Hear();
            statistics.Delay.Remember(i * 10, i * 100, waits: true);
        }

        statistics.Delay.Answer(new FeedbackReference(20, 200, EventKind.Predicted, FeedbackCause.Default), hasTarget: true, 900);
        statistics.Delay.Answer(new FeedbackReference(20, 200, EventKind.Predicted, FeedbackCause.GivenAfterDefault), hasTarget: true, 950);
        statistics.Delay.Answer(new FeedbackReference(5, 50, EventKind.Learned, FeedbackCause.Given), hasTarget: false, 950);
        var delay = Prequential.Read(statistics.Write()).Delay;

        Assert.Equal((5L, 12L), (delay.Pending, delay.Examples));
        Assert.Equal([10L, 30L], delay.Due(receivedBefore: 399, exampleBefore: 0, maxPending: 100, limit: 10));
        Assert.Equal([10L, 30L, 40L], delay.Due(receivedBefore: 0, exampleBefore: 9, maxPending: 100, limit: 10));
        Assert.Equal([10L], delay.Due(receivedBefore: 0, exampleBefore: 0, maxPending: 4, limit: 10));
        Assert.Equal([10L, 30L], delay.Due(receivedBefore: 1000, exampleBefore: 0, maxPending: 100, limit: 2));
        var metrics = delay.Summarise()!;
        Assert.Equal((1L, 1L, 1L, 1L), (metrics.Labelled, metrics.Defaulted, metrics.LabelledAfterDefault, metrics.Rewarded));
    }

    [Fact]
    public void A_model_that_came_later_does_not_count_answers_to_what_it_never_saw()
    {
        var delay = new LabelDelay();
        delay.Answer(new FeedbackReference(3, 0, EventKind.Predicted, FeedbackCause.Given), hasTarget: true, 10);
        delay.Remember(8, 0, waits: false);
        delay.Answer(new FeedbackReference(4, 0, EventKind.Predicted, FeedbackCause.Given), hasTarget: true, 10);
        Assert.Equal(1, delay.Pending);
    }
}
