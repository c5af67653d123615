using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Kernels.Table;

/// <summary>Every default preset: events per second in this process, bytes of state, times of single events, and what they allocate.</summary>
internal static class PresetRows
{
    private static readonly string[] Names = ["amount", "age", "hour", "balance", "ratio", "count", "country", "kind"];

    public static IEnumerable<Row> All(TableSession session)
    {
        foreach (var (name, bar, create) in Defaults(session))
        {
            if (Make(create) is not { } subject)
            {
                yield return new Row { Name = $"preset {name}", Reference = "bar", Bar = bar, Missing = "there is no such preset" };
                continue;
            }

            using (subject)
            {
                subject.WarmUp(session.IsQuick ? 1 : 3);
                var rounds = session.Run(() => subject.LearnRate(session.Slice));
                var times = subject.Latencies(session.IsQuick ? 500 : 3000);
                var predict = subject.PredictRate(session.Slice);
                yield return new Row
                {
                    Name = $"preset {name}",
                    OursPerS = rounds.Rate(0),
                    Reference = bar is null ? "none" : "bar",
                    ReferencePerS = bar,
                    Ratio = rounds.Rate(0) / bar,
                    Bar = bar is null ? null : 1,
                    Note = $"{subject.Model.StateByteCount:N0} bytes; p50 {1e6 * times[times.Length / 2]:F1} µs, p99 {1e6 * times[times.Length * 99 / 100]:F1} µs; {predict:N0} predicts/s",
                };
                var (learn, answer) = subject.Allocated(500);
                yield return new Row
                {
                    Name = $"preset {name}: bytes allocated by 500 learns and 500 predicts",
                    Unit = "bytes",
                    OursPerS = learn + answer,
                    Reference = "none",
                    ReferencePerS = 0,
                    Ratio = learn + answer == 0 ? 1 : 0,
                    Bar = 1,
                };
            }
        }
    }

    /// <summary>The subject, or null where the preset is not known.</summary>
    private static Subject? Make(Func<Subject> create)
    {
        try
        {
            return create();
        }
        catch (SpecException)
        {
            return null;
        }
    }

    private static IEnumerable<(string Name, double? Bar, Func<Subject> Create)> Defaults(TableSession session)
    {
        var images = session.Data is { } data ? Workload.OfDigits(data, 5000) : Workload.Generate(784, 10, 5000, 0.19);
        yield return ("classifier, image 28×28", 1500, () => Subject.Of(Expand("classifier", new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28, Channels = 1 }), images));
        yield return ("classifier, 8 named features", 50_000, () => new Subject(Expand("classifier", null), Rows(isLabel: true), Names));
        yield return ("classifier, vector of 16", null, () => Subject.Of(Expand("classifier", Specs.Vector(16, Standardisation.PerFeature)), Workload.Generate(16, 4, 4000)));
        yield return ("classifier, vector of 784", null, () => Subject.Of(Expand("classifier", Specs.Vector(784, Standardisation.Scale)), images));
        yield return ("regressor, 8 named features", null, () => new Subject(Expand("regressor", null), Rows(isLabel: false), Names));
        yield return ("compact, vector of 12", null, () => Subject.Of(Expand("compact", Specs.Vector(12, Standardisation.PerFeature)), Workload.Generate(12, 2, 4000)));
    }

    private static ModelSpec Expand(string preset, InputSpec? input) => Presets.Expand(new CreateModelRequest { Preset = preset, Input = input });

    /// <summary>Six numbers and two texts; the target follows from some of them.</summary>
    private static byte[][] Rows(bool isLabel)
    {
        var random = new Random(1);
        string[] countries = ["DE", "FR", "US", "CZ", "PL"];
        return Subject.Payloads(4000, (_, builder) =>
        {
            builder.BeginNamed();
            var sum = 0d;
            for (var i = 0; i < 6; i++)
            {
                var x = i == 2 ? random.Next(24) : random.NextDouble() * (i + 1);
                sum += x / (i + 1);
                builder.Named(i, x);
            }

            var country = random.Next(countries.Length);
            builder.Named(6, System.Text.Encoding.UTF8.GetBytes(countries[country]));
            builder.Named(7, Subject.Label(random.Next(3)));
            builder.EndNamed();
            if (isLabel)
            {
                builder.Label(Subject.Label(sum + country > 11 ? 1 : 0));
            }
            else
            {
                builder.Target([sum + country]);
            }
        });
    }
}
