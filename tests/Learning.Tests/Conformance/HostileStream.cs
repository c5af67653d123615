using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Conformance;

/// <summary>Events that try to break the arithmetic: huge, tiny and denormal numbers, alternating signs, huge weights, rewards and targets, a flood of labels.</summary>
internal static class HostileStream
{
    private static readonly float[] Numbers = [1e38f, -1e38f, 3.4e38f, 1e-38f, 1e-45f, -1e-45f, 1e15f, -1e15f, 1e9f, -1e9f, 1e5f, -1e5f, 1f, -1f, 1e-9f, 0f, -0f, 1e3f, 1e-3f];
    private static readonly double[] Extremes = [1e300, -1e300, 1e38, -1e38, 1e15, -1e15, 1e9, -1e9, 1, 0, -1, 1e-300, 5e-324];
    private static readonly float[] Weights = [0f, 1f, 1e6f, 1e-30f, 1e-45f, 1e38f, 100f, 1f, 1f];

    public static TestEvent At(ModelSpec spec, int n)
    {
        if (n % 97 == 96)
        {
            return new TestEvent(EventKind.TaskEnded, [], 1f);
        }

        if (n % 89 == 88 && spec.Network.Maintenance.OfType<ReplaySpec>().Any())
        {
            return new TestEvent(EventKind.Slept, [], 1f);
        }

        var builder = new PayloadBuilder();

        // Some events are mild, so that the state lives on between the attacks and the attacks meet weights that are not zero.
        var mild = n % 4 == 0;
        WriteFeatures(spec.Input, builder, n, mild);
        var observed = n % 13 == 12 || spec.Target.Kind == TargetKind.Anomaly;
        if (!observed && spec.Target.Kind == TargetKind.Label)
        {
            var most = spec.Target.MaxClasses ?? 1024;
            builder.Label(Encoding.UTF8.GetBytes($"class {(n % 7 == 0 ? n % most : Draw.Below(4, 1, n))}"));
        }
        else if (!observed)
        {
            builder.Target([.. Enumerable.Range(0, spec.Target.Size ?? 1).Select(i => mild ? Draw.Normal(2, n, i) : Extremes[Draw.Below(Extremes.Length, 3, n, i)] * Draw.Uniform(4, n, i))]);
        }

        if (n % 2 == 0)
        {
            builder.Reward(Extremes[Draw.Below(Extremes.Length, 5, n)]);
        }

        return new TestEvent(observed ? EventKind.Observed : EventKind.Learned, builder.Written.ToArray(), mild ? 1f : Weights[Draw.Below(Weights.Length, 6, n)], spec.Entities is null ? 0 : (ulong)Draw.Below(7, 13, n));
    }

    private static float Number(int n, int i, bool mild)
    {
        if (mild)
        {
            return Draw.Normal(7, n, i);
        }

        // A third of the attacks move every feature together, alternating in sign; the others mix magnitudes.
        var together = n % 3 == 1;
        var number = Numbers[Draw.Below(Numbers.Length, 8, n, together ? 0 : i)];
        return together && n % 2 == 1 ? -number : number;
    }

    private static void WriteFeatures(InputSpec input, PayloadBuilder builder, int n, bool mild)
    {
        switch (input.Kind)
        {
            case InputKind.Vector or InputKind.Image:
                var size = input.Size ?? input.Height!.Value * input.Width!.Value * (input.Channels ?? 1);
                builder.Dense([.. Enumerable.Range(0, size).Select(i => Number(n, i, mild))]);
                break;
            case InputKind.Sparse:
                var count = n % 11 == 5 ? 0 : 1 + Draw.Below(6, 9, n);
                builder.Sparse([.. Enumerable.Range(0, count).Select(i => Draw.Below(input.Size!.Value, 10, n, i / 2))], [.. Enumerable.Range(0, count).Select(i => Number(n, i, mild))]);
                break;
            default:
                builder.BeginNamed();
                for (var i = 0; i < (n % 11 == 5 ? 0 : 10); i++)
                {
                    if (i % 2 == 0)
                    {
                        builder.Named(i, mild ? Number(n, i, mild) : Extremes[Draw.Below(Extremes.Length, 12, n, i)]);
                    }
                    else
                    {
                        // Ever new texts: the table of features runs full.
                        builder.Named(i, Encoding.UTF8.GetBytes($"text {n % 500}"));
                    }
                }

                builder.EndNamed();
                break;
        }
    }
}
