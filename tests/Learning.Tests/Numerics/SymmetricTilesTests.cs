using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Numerics;

[Trait("Category", "Determinism")]
public sealed class SymmetricTilesTests
{
    public static TheoryData<int> Sizes => [1, 3, 4, 5, 15, 16, 17, 20, 31, 32, 33, 48, 64, 70, 131, 540];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_cell_of_the_lower_triangle_has_a_place_of_its_own_and_the_mirrored_cell_is_the_same(int size)
    {
        var seen = new HashSet<int>();
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var offset = SymmetricTiles.OffsetOf(i, j);
                Assert.InRange(offset, 0, SymmetricTiles.LengthOf(size) - 1);
                Assert.True(seen.Add(offset), $"[{i}, {j}] shares its place.");
                if (i / 16 != j / 16)
                {
                    Assert.Equal(offset, SymmetricTiles.OffsetOf(j, i));
                }
            }
        }
    }

    [Fact]
    public void A_large_matrix_takes_little_more_than_half()
    {
        Assert.InRange(SymmetricTiles.LengthOf(2305), 2305 * 2306 / 2, (int)(2305 * 2306 / 2 * 1.01));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_product_is_the_sum_in_the_order_of_strips_bit_for_bit(int size)
    {
        var stride = LayoutBuilder.Padded(size);
        var (tiles, full) = Matrix(size);
        foreach (var silent in new[] { 0f, 0.5f, 0.95f })
        {
            var vector = new float[stride];
            Draw.Sparse(size, 3, size, silent).CopyTo(vector, 0);
            if (silent > 0.9f && stride >= 32)
            {
                vector.AsSpan(16, 16).Clear();
            }

            var product = new float[stride];
            Array.Fill(product, float.NaN);
            SymmetricTiles.Multiply(tiles, size, vector, product);

            Assert.Equal(Expected(full, vector, size, stride).Select(Bits), product[..size].Select(Bits));
            Assert.All(product[size..], x => Assert.Equal(0f, x));
            for (var i = 0; i < size; i++)
            {
                Near.Equal(Enumerable.Range(0, size).Sum(j => (double)full[i, j] * vector[j]), product[i], 1e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Several_products_in_one_pass_have_the_bits_that_each_has_alone(int size)
    {
        const int count = 3;
        var stride = LayoutBuilder.Padded(size);
        var (tiles, _) = Matrix(size);
        var vectors = new float[count * stride];
        var products = new float[count * stride];
        for (var k = 0; k < count; k++)
        {
            Draw.Sparse(size, 6, k, 0.4f).CopyTo(vectors, k * stride);
        }

        SymmetricTiles.Multiply(tiles, size, count, vectors, products);

        for (var k = 0; k < count; k++)
        {
            var alone = new float[stride];
            SymmetricTiles.Multiply(tiles, size, vectors.AsSpan(k * stride, stride), alone);
            Assert.Equal(alone.Select(Bits), products.Skip(k * stride).Take(stride).Select(Bits));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Outer_products_are_added_in_their_order_and_both_halves_keep_the_same_bits(int size)
    {
        const int count = 5;
        var stride = LayoutBuilder.Padded(size);
        var (tiles, full) = Matrix(size);
        var (left, right) = (new float[count * stride], new float[count * stride]);
        for (var k = 0; k < count; k++)
        {
            for (var i = 0; i < size; i++)
            {
                right[(k * stride) + i] = Draw.Normal(4, k, i);
                left[(k * stride) + i] = (k % 2 == 0 ? -1f : 1f) * right[(k * stride) + i];
            }
        }

        SymmetricTiles.AddOuters(tiles, size, count, left, right);

        var used = new HashSet<int>();
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                var expected = full[i, j];
                for (var k = 0; k < count; k++)
                {
                    expected = MathF.FusedMultiplyAdd(left[(k * stride) + i], right[(k * stride) + j], expected);
                }

                Assert.Equal(Bits(expected), Bits(tiles[SymmetricTiles.OffsetOf(i, j)]));
                used.Add(SymmetricTiles.OffsetOf(i, j));
            }
        }

        Assert.All(Enumerable.Range(0, tiles.Length).Where(i => !used.Contains(i)), i => Assert.Equal(0f, tiles[i]));
    }

    [Fact]
    public void Operands_of_other_lengths_are_refused()
    {
        var tiles = new float[SymmetricTiles.LengthOf(20)];
        Assert.Throws<ArgumentException>(() => SymmetricTiles.Multiply(tiles, 21, new float[32], new float[32]));
        Assert.Throws<ArgumentException>(() => SymmetricTiles.Multiply(tiles, 20, new float[20], new float[32]));
        Assert.Throws<ArgumentException>(() => SymmetricTiles.Multiply(tiles, 20, new float[32], new float[48]));
        Assert.Throws<ArgumentException>(() => SymmetricTiles.Multiply(tiles, 20, 2, new float[64], new float[32]));
        Assert.Throws<ArgumentException>(() => SymmetricTiles.AddOuters(tiles, 20, 2, new float[64], new float[32]));
        Assert.Throws<ArgumentException>(() => SymmetricTiles.AddOuters(tiles, 20, 3, new float[64], new float[64]));
    }

    /// <summary>The documented order in scalar code: 16 lanes over the blocks up to the diagonal, halves added to halves, then the rows below one by one.</summary>
    private static float[] Expected(float[,] full, float[] vector, int size, int stride)
    {
        var expected = new float[size];
        for (var i = 0; i < size; i++)
        {
            var lanes = new float[16];
            for (var j = 0; j < Math.Min(stride, ((i / 16) + 1) * 16); j++)
            {
                lanes[j % 16] = MathF.FusedMultiplyAdd(j < size ? full[i, j] : 0f, vector[j], lanes[j % 16]);
            }

            for (var half = 8; half > 0; half /= 2)
            {
                for (var lane = 0; lane < half; lane++)
                {
                    lanes[lane] += lanes[lane + half];
                }
            }

            expected[i] = lanes[0];
            for (var j = ((i / 16) + 1) * 16; j < size; j++)
            {
                expected[i] = MathF.FusedMultiplyAdd(full[i, j], vector[j], expected[i]);
            }
        }

        return expected;
    }

    private static (float[] Tiles, float[,] Full) Matrix(int size)
    {
        var tiles = new float[SymmetricTiles.LengthOf(size)];
        var full = new float[size, size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                full[i, j] = full[j, i] = Draw.Normal(5, i, j);
                tiles[SymmetricTiles.OffsetOf(i, j)] = tiles[SymmetricTiles.OffsetOf(j, i)] = full[i, j];
            }
        }

        return (tiles, full);
    }

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);
}
