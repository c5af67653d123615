using System.Diagnostics;
using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Hashed categorical clicks with drift, generated, five million rows (<c>--rows N</c>; 200,000 with <c>--quick</c>), test-then-train through a sparse linear spec of 2^18 places with AdaGrad: log-loss beside the running click rate and
/// the probabilities that drew the labels, and rows per second of learning. Vowpal Wabbit with equal hash bits is not run: no package of it was to be had where this was measured.
/// </summary>
internal sealed class SparseClicks : Experiment
{
    private const int Bits = 18;
    private const int Chunk = 10_000;

    public override string Name => "sparse-5m";

    public override string Protocol => "5M generated rows of 12 hashed categorical fields with drift, 2^18 places, linear softmax with AdaGrad, test-then-train";

    public override int DefaultSeeds => 1;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec> { ["sparse"] = CreateSpec() };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var rows = int.Parse(run.Option("--rows") ?? (run.IsQuick ? "200000" : "5000000"), CultureInfo.InvariantCulture);
        var scores = run.EachSeed(seed => Score(seed, rows));
        return new ExperimentResult(
            new Measurement("log-loss", [.. scores.Select(score => score.Loss)]) { LowerIsBetter = true },
            new Measurement("log-loss of the running click rate", [.. scores.Select(score => score.RateLoss)]) { LowerIsBetter = true },
            new Measurement("log-loss of the true probabilities", [.. scores.Select(score => score.TrueLoss)]) { LowerIsBetter = true },
            new Measurement("rows learned per second", [.. scores.Select(score => score.RowsPerSecond)]))
        {
            Details = new Dictionary<string, object> { ["state bytes"] = scores[0].StateByteCount, ["rows"] = rows, ["vowpal wabbit"] = "not run by this command" },
        };
    }

    private ClickScore Score(ulong seed, int rows)
    {
        using var model = new Trainee(Specs["sparse"], seed);
        var stream = new ClickStream(seed, rows);
        var values = new int[ClickStream.FieldCount];
        var places = new int[Chunk * ClickStream.FieldCount];
        var counts = new int[Chunk];
        var clicks = new bool[Chunk];
        var ones = Enumerable.Repeat(1f, ClickStream.FieldCount).ToArray();
        var (loss, rateLoss, trueLoss, clicked) = (0d, 0d, 0d, 0L);
        var watch = new Stopwatch();
        for (var start = 0; start < rows; start += Chunk)
        {
            var count = Math.Min(Chunk, rows - start);
            for (var k = 0; k < count; k++)
            {
                var (isClick, probability) = stream.Draw(start + k, values);
                counts[k] = stream.Hash(values, Bits, places.AsSpan(k * ClickStream.FieldCount, ClickStream.FieldCount));
                clicks[k] = isClick;
                trueLoss -= Math.Log(isClick ? probability : 1 - probability);
                var rate = (clicked + 1d) / (start + k + 2d);
                rateLoss -= Math.Log(isClick ? rate : 1 - rate);
                clicked += isClick ? 1 : 0;
            }

            watch.Start();
            for (var k = 0; k < count; k++)
            {
                model.Learn(places.AsSpan(k * ClickStream.FieldCount, counts[k]), ones.AsSpan(0, counts[k]), clicks[k] ? "click" : "none");
                loss += model.Outcome.Loss;
            }

            watch.Stop();
            if ((start + count) % 1_000_000 == 0)
            {
                ExperimentRun.Progress($"{start + count} rows: log-loss {loss / (start + count):F5}, {(start + count) / watch.Elapsed.TotalSeconds:F0} rows/s");
            }
        }

        return new ClickScore(loss / rows, rateLoss / rows, trueLoss / rows, rows / watch.Elapsed.TotalSeconds, model.StateByteCount);
    }

    private static ModelSpec CreateSpec() => new()
    {
        Input = new InputSpec { Kind = InputKind.Sparse, Size = 1 << Bits, MaxActive = 16, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 16 },
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new AdaGradSpec { Rate = 0.1f }] }],
            Credit = new NoCreditSpec(),
            Modulators = [],
            Head = new SoftmaxHeadSpec(),
            Maintenance = [],
        },
    };

    private sealed record ClickScore(double Loss, double RateLoss, double TrueLoss, double RowsPerSecond, long StateByteCount);
}
