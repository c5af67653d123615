using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// A thousand entities that disagree about the same inputs, with room for a hundred in memory: the default presets with and without adaptation by entity. Nine of ten events name an entity
/// that is not in memory.
/// </summary>
internal sealed class Entities : Experiment
{
    private const int Count = 1000;
    private const int Capacity = 100;

    public override string Name => "entities";

    public override string Protocol => "1,000 entities in random order, 100 in memory, 100 events each; labels: the sign of 10 numbers along a direction of the entity's own beside a shared one; values: a shared line, an offset and a slope of the entity's own, noise; default presets, answers before learning, second half";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["labels"] = Spec("classifier", null),
        ["labels by entity"] = Spec("classifier", new EntitiesSpec { Capacity = Capacity }),
        ["values"] = Spec("regressor", null),
        ["values by entity"] = Spec("regressor", new EntitiesSpec { Capacity = Capacity }),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var perEntity = run.IsQuick ? 20 : 100;
        var first = ulong.Parse(run.Option("--first-seed") ?? "1", CultureInfo.InvariantCulture) - 1;
        var labels = run.EachSeed(seed => Labels(Specs["labels"], seed + first, perEntity));
        var labelsBy = run.EachSeed(seed => Labels(Adapted(run, "labels by entity"), seed + first, perEntity));
        var values = run.EachSeed(seed => Values(Specs["values"], seed + first, perEntity));
        var valuesBy = run.EachSeed(seed => Values(Adapted(run, "values by entity"), seed + first, perEntity));
        Tell("labels", labels);
        Tell("labels by entity", labelsBy);
        Tell("values", values);
        Tell("values by entity", valuesBy);
        return new ExperimentResult(
            new Measurement("labels by entity: accuracy", [.. labelsBy.Select(one => one.Score)]) { Bar = 0.85 },
            new Measurement("labels, shared model alone: accuracy", [.. labels.Select(one => one.Score)]),
            new Measurement("values by entity: mean absolute error", [.. valuesBy.Select(one => one.Score)]) { Bar = 0.5, LowerIsBetter = true },
            new Measurement("values, shared model alone: mean absolute error", [.. values.Select(one => one.Score)]))
        {
            Details = new Dictionary<string, object>
            {
                ["state bytes"] = labelsBy[0].StateByteCount,
                ["state bytes, shared model alone"] = labels[0].StateByteCount,
                ["bytes in the store for 900 entities away"] = labelsBy[0].AwayByteCount,
                ["events a second"] = labelsBy.Average(one => one.Rate),
                ["events a second, shared model alone"] = labels.Average(one => one.Rate),
            },
        };

        static void Tell(string name, IReadOnlyList<Scores> scores) =>
            ExperimentRun.Progress($"{name}: {scores.Average(one => one.Score):F4}, {scores[0].StateByteCount:N0} bytes of state, {scores[0].AwayByteCount:N0} away, {scores.Average(one => one.Rate):F0} events/s");
    }

    /// <summary>The spec, with a rate or a decay to try.</summary>
    private ModelSpec Adapted(ExperimentRun run, string name)
    {
        var entities = Specs[name].Entities!;
        return Specs[name] with
        {
            Entities = entities with
            {
                Rate = run.Option("--rate") is { } rate ? float.Parse(rate, CultureInfo.InvariantCulture) : entities.Rate,
                Decay = run.Option("--decay") is { } decay ? float.Parse(decay, CultureInfo.InvariantCulture) : entities.Decay,
            },
        };
    }

    private static Scores Labels(ModelSpec spec, ulong seed, int perEntity)
    {
        using var model = new Trainee(spec, seed);
        var stream = new EntityStream(seed);
        return Follow(model, perEntity, () =>
        {
            var (entity, x) = stream.Next();
            return model.Learn(x, stream.Label(entity, x), EntityStream.NameOf(entity)) ? 1 : 0;
        });
    }

    private static Scores Values(ModelSpec spec, ulong seed, int perEntity)
    {
        using var model = new Trainee(spec, seed);
        var stream = new EntityStream(seed);
        return Follow(model, perEntity, () =>
        {
            var (entity, x) = stream.Next();
            var target = stream.Value(entity, x);
            model.Learn(x, [target], EntityStream.NameOf(entity));
            return Math.Abs(target - model.Outcome.Prediction.Scores[0]);
        });
    }

    private static Scores Follow(Trainee model, int perEntity, Func<double> next)
    {
        var (sum, count) = (0d, Count * perEntity);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var n = 0; n < count; n++)
        {
            var score = next();
            sum += n >= count / 2 ? score : 0;
        }

        var away = model.Model.Archive?.ByteCount ?? 0;
        return new Scores(sum / (count - (count / 2)), model.StateByteCount - away, away, count / watch.Elapsed.TotalSeconds);
    }

    private static ModelSpec Spec(string preset, EntitiesSpec? entities) => Presets.Expand(new CreateModelRequest
    {
        Preset = preset,
        Input = new InputSpec { Kind = InputKind.Vector, Size = EntityStream.Size },
        Entities = entities,
    });

    private sealed record Scores(double Score, long StateByteCount, long AwayByteCount, double Rate);
}
