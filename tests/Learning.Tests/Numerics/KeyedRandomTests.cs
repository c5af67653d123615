using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Tests.Numerics;

public sealed class KeyedRandomTests
{
    private const int Count = 200_000;

    [Fact]
    public void The_same_key_gives_the_same_number_and_every_part_of_the_key_matters()
    {
        var keys = new HashSet<ulong>();
        for (var i = 0ul; i < 2; i++)
        {
            for (var j = 0ul; j < 2; j++)
            {
                for (var k = 0ul; k < 2; k++)
                {
                    for (var l = 0ul; l < 2; l++)
                    {
                        Assert.Equal(KeyedRandom.Bits(i, j, k, l), KeyedRandom.Bits(i, j, k, l));
                        keys.Add(KeyedRandom.Bits(i, j, k, l));
                    }
                }
            }
        }

        Assert.Equal(16, keys.Count);
    }

    [Fact]
    [Trait("Category", "Determinism")]
    public void Golden_values_do_not_change()
    {
        Assert.Equal(Golden.Bits, new[] { KeyedRandom.Bits(0, 0, 0, 0), KeyedRandom.Bits(1, 2, 3, 4), KeyedRandom.Bits(ulong.MaxValue, 7, 1UL << 40, 0) });
        Assert.Equal(Golden.Normals, new[] { Bits(KeyedRandom.Normal(0, 0, 0, 0)), Bits(KeyedRandom.Normal(1, 2, 3, 4)) });
        Assert.Equal(Golden.Below, new[] { KeyedRandom.Below(10, 1, 2, 3, 4), KeyedRandom.Below(1000, 1, 2, 3, 5) });
    }

    [Fact]
    public void Uniforms_fill_the_unit_interval_evenly()
    {
        var bins = new int[64];
        double sum = 0, square = 0;
        for (var i = 0; i < Count; i++)
        {
            var u = KeyedRandom.Uniform(5, 6, (ulong)i, 0);
            Assert.InRange(u, 0f, 0.99999994f);
            bins[(int)(u * 64)]++;
            sum += u;
            square += u * u;
        }

        Assert.Equal(0.5, sum / Count, 0.003);
        Assert.Equal(1d / 3, square / Count, 0.003);
        var chi = bins.Sum(n => Math.Pow(n - (Count / 64d), 2) / (Count / 64d));
        Assert.InRange(chi, 25, 120);
    }

    [Fact]
    public void Normals_have_the_moments_of_a_normal_within_six()
    {
        double sum = 0, square = 0, fourth = 0;
        for (var i = 0; i < Count; i++)
        {
            var z = KeyedRandom.Normal(5, 6, 0, (ulong)i);
            Assert.InRange(z, -6f, 6f);
            sum += z;
            square += (double)z * z;
            fourth += Math.Pow(z, 4);
        }

        Assert.Equal(0, sum / Count, 0.01);
        Assert.Equal(1, square / Count, 0.015);
        Assert.Equal(2.9, fourth / Count, 0.1);
    }

    [Fact]
    public void Neighbouring_keys_are_not_correlated()
    {
        double product = 0;
        for (var i = 0; i < Count; i++)
        {
            product += KeyedRandom.Normal(5, 6, (ulong)i, 0) * KeyedRandom.Normal(5, 6, (ulong)i + 1, 0);
        }

        Assert.Equal(0, product / Count, 0.01);
    }

    [Fact]
    public void Whole_numbers_lie_below_the_bound_and_reach_all_of_it()
    {
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[KeyedRandom.Below(7, 1, 1, (ulong)i, 0)]++;
        }

        Assert.All(counts, n => Assert.InRange(n, 9_500, 10_500));
    }

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);

    private static class Golden
    {
        public static readonly ulong[] Bits = [2391539541053276776, 15374388949593934587, 16308839313195828242];
        public static readonly int[] Normals = [-1105262592, 1062143744];
        public static readonly int[] Below = [8, 198];
    }
}
