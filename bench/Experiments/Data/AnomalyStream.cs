using LifelongApi.Learning.Numerics;

namespace LifelongApi.Experiments.Data;

/// <summary>Streams in which a known fiftieth of the events is unusual. All draws are keyed by the seed and the event.</summary>
/// <param name="seed">Seed of the stream.</param>
/// <param name="kind"><c>mixture</c>, <c>drift</c> or <c>season</c>.</param>
/// <param name="count">Events that it will give; a drift jumps half-way.</param>
internal sealed class AnomalyStream(ulong seed, string kind, int count)
{
    /// <summary>Numbers of an event; of a season only the first.</summary>
    public const int Size = 6;

    private const int Clusters = 4;
    private const int Period = 48;
    private const float Share = 0.02f;
    private const float Box = 4f;
    private const ulong Centres = 301;
    private const ulong Speeds = 302;
    private const ulong Choice = 303;
    private const ulong Noise = 304;
    private const ulong Outliers = 305;
    private ulong _event;

    /// <summary>The next event and whether it is unusual.</summary>
    public (float[] Features, bool IsAnomaly) Next()
    {
        var n = ++_event;
        var isAnomaly = Uniform(Choice, n, 0) < Share;
        var x = new float[Size];
        if (kind == "season")
        {
            x[0] = isAnomaly ? (2.4f * Uniform(Outliers, n, 0)) - 1.2f : MathF.Sin(2f * MathF.PI * n / Period) + (0.05f * Normal(n, 0));
            return (x, isAnomaly);
        }

        var cluster = (ulong)(Uniform(Choice, n, 1) * Clusters);
        for (var i = 0u; i < Size; i++)
        {
            x[i] = isAnomaly ? Box * ((2f * Uniform(Outliers, n, i)) - 1f) : Centre(cluster, i, n) + (0.5f * Normal(n, i));
        }

        return (x, isAnomaly);
    }

    private float Centre(ulong cluster, uint feature, ulong n)
    {
        var start = Box * ((2f * Uniform(Centres, cluster, feature)) - 1f);
        if (kind == "mixture")
        {
            return start;
        }

        // A slow walk over the whole stream, and half-way a jump of one cluster to another place.
        var walked = start + (2f * ((2f * Uniform(Speeds, cluster, feature)) - 1f) * n / count);
        return cluster == 0 && n > (ulong)count / 2 ? Box * ((2f * Uniform(Centres, Clusters, feature)) - 1f) : walked;
    }

    private float Uniform(ulong use, ulong a, ulong b) => KeyedRandom.Uniform(seed, use, a, b);

    private float Normal(ulong a, ulong b) => KeyedRandom.Normal(seed, Noise, a, b);
}
