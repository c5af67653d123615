using CsCheck;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>State is a function of the event sequence only: whatever happens around the events, they end in the state that a bare model folds.</summary>
public sealed class BatchingTests
{
    private const int Count = 240;

    private enum Deed
    {
        LearnOneByOne,
        LearnTogether,
        SendAgain,
        Predict,
        Snapshot,
        Restart,
        Kill,
    }

    private static readonly Gen<(Deed Deed, int Size)[]> Lives =
        Gen.Select(Gen.Enum<Deed>(), Gen.Int[1, 60], (deed, size) => (deed, size)).Array[5, 25];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Events_end_in_the_state_of_a_bare_model_whatever_happens_around_them(bool withEntities)
    {
        var entities = withEntities ? new LifelongApi.Contracts.Models.EntitiesSpec { Capacity = 3 } : null;
        var rows = Labelled(withEntities);
        var wanted = Bare(rows, entities);

        // A failing case prints the seed to run it again with.
        Gen.Select(Gen.Int[1, 64], Gen.Int[64, 5000], Gen.Int[1, 200], Lives).Sample(
            (events, bytes, recent, deeds) => Run(rows, entities, events, bytes, recent, deeds).GetAwaiter().GetResult() == wanted,
            iter: 12,
            threads: 1);
    }

    private static async Task<string> Run(List<LearnInput> rows, LifelongApi.Contracts.Models.EntitiesSpec? entities, int batchEvents, int batchBytes, int recent, (Deed Deed, int Size)[] deeds)
    {
        await using var house = await OpenAsync(options =>
        {
            (options.BatchEventCount, options.BatchByteCount, options.RecentOutcomeCount) = (batchEvents, batchBytes, recent);
            (options.HousekeepingSeconds, options.ReplayBudgetSeconds) = (0.01, 0.001);
        });
        await house.CreateAsync("m", entities: entities);
        var sent = 0;
        foreach (var (deed, size) in deeds)
        {
            var next = rows.Skip(sent).Take(size).ToList();
            switch (deed)
            {
                case Deed.LearnOneByOne:
                    using (var lease = await house.Models.AcquireAsync("m", Token))
                    {
                        await Task.WhenAll(next.ConvertAll(row => lease.LearnAsync(row, Token)));
                    }

                    sent += next.Count;
                    break;
                case Deed.LearnTogether:
                    await house.LearnAsync("m", next);
                    sent += next.Count;
                    break;
                case Deed.SendAgain:
                    // Some were sent before, some were not.
                    var first = Math.Max(0, sent - (size / 2));
                    await house.LearnAsync("m", rows.Skip(first).Take(size).ToList());
                    sent = Math.Max(sent, Math.Min(rows.Count, first + size));
                    break;
                case Deed.Predict:
                    using (var lease = await house.Models.AcquireAsync("m", Token))
                    {
                        var buffer = new PredictionBuffer();
                        foreach (var row in rows.Take(size))
                        {
                            await lease.PredictAsync(PayloadBuilder.Stamp(row.Payload, EventMoment.KeyOf(row.Entity), null), buffer, Token);
                        }
                    }

                    break;
                case Deed.Snapshot:
                    await house.Models.CreateSnapshotAsync("m", new(), Token);
                    break;
                case Deed.Restart:
                    await house.RestartAsync();
                    break;
                case Deed.Kill:
                    await house.StartAfterKillAsync();
                    break;
            }
        }

        await house.LearnAsync("m", rows);
        var info = await house.Models.GetAsync("m", Token);
        var metrics = await house.Models.GetMetricsAsync("m", withScenario: false, Token);
        return $"{info.StateHash} {info.Sequence} {metrics.Total.Accuracy} {metrics.Window.LogLoss}";
    }

    /// <summary>Two tasks, eighteen classes, ids: boundaries and growth come in between.</summary>
    private static List<LearnInput> Labelled(bool withEntities) =>
        [.. Enumerable.Range(0, Count).Select(i => Row(MathF.Sin(i), MathF.Cos(i * 1.7f), $"class {(i * 7) % Math.Min(2 + (i / 10), 18)}", $"row-{i}", i < 100 ? "first" : "second", withEntities && i % 9 != 0 ? $"entity {i * i % 11}" : null))];

    private static string Bare(List<LearnInput> rows, LifelongApi.Contracts.Models.EntitiesSpec? entities)
    {
        using var model = Model.Create(Contracts(entities));
        var statistics = new Prequential(isClassifier: true);
        var outcome = new Outcome();
        var sequence = 0L;
        string? task = null;
        var labels = new HashSet<string>();
        foreach (var row in rows)
        {
            if (row.Task != task)
            {
                if (task is not null)
                {
                    Fold(EventKind.TaskEnded, Admission.BoundaryPayload(EventKind.TaskEnded, task), task);
                }

                task = row.Task;
                Fold(EventKind.TaskBegan, Admission.BoundaryPayload(EventKind.TaskBegan, task!), task);
            }

            if (labels.Add(row.Label!) && labels.Count == 17)
            {
                Fold(EventKind.Grew, """{"classes":32}"""u8.ToArray(), task);
            }

            Fold(EventKind.Learned, row.Payload, task, row.Entity);
        }

        Assert.True(labels.Count > 16);
        var summary = statistics.Summarise("", model.Labels, new Dictionary<string, float>());
        return $"{StateHashText.Of(model.Capture().StateHash())} {sequence} {summary.Total.Accuracy} {summary.Window.LogLoss}";

        void Fold(EventKind kind, ReadOnlyMemory<byte> payload, string? inTask, string? entity = null)
        {
            model.Apply(new EventInput { Kind = kind, Sequence = ++sequence, Payload = payload.Span, Moment = new Moment(EventMoment.KeyOf(entity), null, null) }, outcome);
            statistics.Update(outcome, inTask, kind == EventKind.Learned);
        }
    }

    private static LifelongApi.Contracts.Models.ModelSpec Contracts(LifelongApi.Contracts.Models.EntitiesSpec? entities) => LifelongApi.Learning.Recipes.Presets.Expand(new LifelongApi.Contracts.Models.CreateModelRequest
    {
        Preset = "classifier",
        Entities = entities,
        Input = new LifelongApi.Contracts.Models.InputSpec { Kind = LifelongApi.Contracts.Models.InputKind.Vector, Size = 2 },
    });
}
