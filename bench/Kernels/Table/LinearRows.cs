using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Kernels.Table;

/// <summary>Linear learners: softmax over 784 inputs, logistic with 8 and 54, and a hashed row of a table.</summary>
internal static class LinearRows
{
    private const double VowpalWabbit = 1_000_000;

    public static IEnumerable<Row> Softmax(TableSession session) => [Beside(session, "softmax regression 784×10", "softmax", Workload.Generate(784, 10, 512), null, 0.01f)];

    public static IEnumerable<Row> Logistic(TableSession session)
    {
        yield return Beside(session, "logistic regression, 8 inputs", "logistic", Workload.Generate(8, 2, 4096), null, 0.05f);
        yield return Beside(session, "logistic regression, 54 inputs", "logistic", Workload.Generate(54, 2, 4096), null, 0.05f);
        using var subject = Subject.Of(Plain(8, 0.05f, Standardisation.PerFeature), Workload.Generate(8, 2, 4096));
        subject.WarmUp();
        yield return session.Against(
            "logistic regression, 8 inputs standardised", () => subject.LearnRate(session.Slice), "Vowpal Wabbit from its binary cache (measured beforehand, not run here)", VowpalWabbit, 5);
    }

    public static IEnumerable<Row> Hashed(TableSession session)
    {
        var names = Enumerable.Range(0, 20).Select(i => $"feature {i}").ToArray();
        var random = new Random(1);

        // Six numbers and fourteen texts of a thousand values each: about 14,000 places of 2^18 are met.
        var payloads = Subject.Payloads(20_000, (_, builder) =>
        {
            var sum = 0d;
            builder.BeginNamed();
            for (var i = 0; i < 6; i++)
            {
                var x = random.NextDouble();
                sum += x;
                builder.Named(i, x);
            }

            for (var i = 6; i < 20; i++)
            {
                builder.Named(i, Subject.Label(random.Next(1000)));
            }

            builder.EndNamed();
            builder.Label(Subject.Label(sum > 3 ? 1 : 0));
        });
        var input = new InputSpec { Kind = InputKind.Named, HashBits = 18, MaxActive = 64, Standardise = Standardisation.PerFeature };
        using (var named = new Subject(Specs.Linear(input, 2, null, null, new AdaGradSpec { Rate = 0.1f }), payloads, names))
        {
            named.WarmUp();
            yield return session.Against("hashed table row, 20 of 2^18, predict + learn, standardised", () => named.LearnRate(session.Slice), "bar", 1_000_000, 1, "named features: 6 numbers, 14 texts");
        }

        var indices = new int[20];
        var values = new float[20];
        payloads = Subject.Payloads(20_000, (_, builder) =>
        {
            var sum = 0f;
            for (var i = 0; i < 20; i++)
            {
                indices[i] = (i * 13_107) + random.Next(1000);
                values[i] = random.NextSingle() + 0.1f;
                sum += values[i];
            }

            builder.Sparse(indices, values);
            builder.Label(Subject.Label(sum > 12 ? 1 : 0));
        });
        input = new InputSpec { Kind = InputKind.Sparse, Size = 1 << 18, MaxActive = 32, Standardise = Standardisation.Scale };
        using var sparse = new Subject(Specs.Linear(input, 2, null, null, new AdaGradSpec { Rate = 0.1f }), payloads);
        sparse.WarmUp();
        yield return session.Against("sparse row, 20 numbers of 2^18, predict + learn, one common scale", () => sparse.LearnRate(session.Slice), "bar", 1_000_000, 1);
    }

    private static ModelSpec Plain(int inputs, float rate, Standardisation standardise = Standardisation.None) =>
        Specs.Linear(Specs.Vector(inputs, standardise), inputs == 784 ? 10 : 2, null, null, new LearningRateSpec { Rate = rate });

    private static Row Beside(TableSession session, string name, string form, Workload work, double? bar, float rate)
    {
        using var subject = Subject.Of(Plain(work.Inputs, rate), work);
        var file = Path.Combine(session.Folder, $"{form}{work.Inputs}.workload");
        work.Write(file, 0, rate, 0, new float[(work.Inputs + 1) * work.Classes], []);
        var loss = subject.FirstPass();
        subject.WarmUp();
        var theirs = double.NaN;
        if (session.Reference.Missing is { } why)
        {
            return new Row { Name = name, OursPerS = subject.LearnRate(session.Slice), Reference = "C++", Bar = bar, Missing = why };
        }

        var rounds = session.Run(() => subject.LearnRate(session.Slice), () =>
        {
            (var one, theirs) = session.Reference.Events(form, file, session.Slice);
            return one;
        });
        return new Row
        {
            Name = name,
            OursPerS = rounds.Rate(0),
            Reference = "C++",
            ReferencePerS = rounds.Rate(1),
            Ratio = rounds.Ratio(0, 1),
            Bar = bar,
            Note = $"mean loss of the first pass {loss:F5}, theirs {theirs:F5}",
        };
    }
}
