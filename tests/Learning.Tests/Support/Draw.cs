using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Tests.Support;

/// <summary>Keyed test data: the same numbers on every machine.</summary>
internal static class Draw
{
    public static float Normal(int seed, int a, int b = 0) => KeyedRandom.Normal((ulong)seed, 77, (ulong)a, (ulong)b);

    public static float Uniform(int seed, int a, int b = 0) => KeyedRandom.Uniform((ulong)seed, 78, (ulong)a, (ulong)b);

    public static int Below(int bound, int seed, int a, int b = 0) => KeyedRandom.Below(bound, (ulong)seed, 79, (ulong)a, (ulong)b);

    public static float[] Normals(int count, int seed, int a) => [.. Enumerable.Range(0, count).Select(i => Normal(seed, a, i))];

    /// <summary>Normals of which about the given share is exactly zero.</summary>
    public static float[] Sparse(int count, int seed, int a, float silent) =>
        [.. Enumerable.Range(0, count).Select(i => Uniform(seed + 1000, a, i) < silent ? 0f : Normal(seed, a, i))];
}
