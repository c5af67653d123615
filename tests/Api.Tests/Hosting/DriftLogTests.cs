using LifelongApi.Learning;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class DriftLogTests
{
    [Fact]
    public void All_detections_are_counted_the_last_hundred_are_kept_and_storing_changes_nothing()
    {
        var (statistics, detections) = Detecting(count: 4000, store: false);
        var (stored, _) = Detecting(count: 4000, store: true);

        Assert.True(detections.Count > DriftLog.Capacity, $"Only {detections.Count} detections.");
        var summary = stored.Drift.Summarise(["ne"]);
        Assert.Equal(detections.Count, summary.Count);
        Assert.Equal(detections.TakeLast(DriftLog.Capacity), summary.Last.Select(detection => detection.Sequence));
        Assert.All(summary.Last, detection => Assert.Equal("ne", detection.Modulator));
        Assert.Equal(statistics.Write(), stored.Write());
    }

    [Fact]
    public void Statistics_that_were_stored_before_drift_was_counted_are_read()
    {
        var (statistics, _) = Detecting(count: 5, store: false);
        var bytes = statistics.Write();
        bytes[0] = 1;

        // What came first is what the first format held: the shortest beginning that can be read.
        var old = Enumerable.Range(1, bytes.Length).Select(length => bytes[..length]).First(IsWhole);
        var read = Prequential.Read(old);

        Assert.True(old.Length < bytes.Length);
        Assert.Equal(0, read.Drift.Count);
        Assert.Equal(old[1..], read.Write()[1..old.Length]);
    }

    private static bool IsWhole(byte[] bytes)
    {
        try
        {
            Prequential.Read(bytes);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>A model that is surprised by noise again and again.</summary>
    private static (Prequential Statistics, List<long> Detections) Detecting(int count, bool store)
    {
        var request = DriftStream.Request(boundary: false);
        var hasty = new PageHinkleySpec { Name = "ne", Signal = DriftSignal.Error, Threshold = 1f, MinimumEvents = 1 };
        using var model = Model.Create(Presets.Expand(request with { Network = request.Network! with { Modulators = [hasty], Projections = [request.Network.Projections[0] with { Transforms = [new LearningRateSpec { Rate = 0.3f }] }] } }));
        var statistics = new Prequential(isClassifier: true);
        var outcome = new Outcome();
        var detections = new List<long>();
        for (var i = 1; i <= count; i++)
        {
            var builder = new PayloadBuilder();
            builder.Dense([MathF.Sin(i), 1]);
            builder.Label(MathF.Sin(i * 1.3f * i) > 0 ? "up"u8 : "down"u8);
            model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = i, Payload = builder.Written.Span }, outcome);
            statistics.Update(outcome, null, isExample: true);
            statistics.Drift.Update(outcome, i);
            if (outcome.HasDrift)
            {
                detections.Add(i);
            }

            statistics = store && i % 37 == 0 ? Prequential.Read(statistics.Write()) : statistics;
        }

        return (statistics, detections);
    }
}
