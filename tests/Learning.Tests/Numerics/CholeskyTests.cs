using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Numerics;

public sealed class CholeskyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(64)]
    public void The_inverse_times_the_matrix_is_the_identity(int n)
    {
        var matrix = new double[n * n];
        for (var sample = 0; sample < 2 * n; sample++)
        {
            var x = Draw.Normals(n, 3, sample);
            for (var i = 0; i < n * n; i++)
            {
                matrix[i] += x[i / n] * (double)x[i % n] / n;
            }
        }

        for (var i = 0; i < n; i++)
        {
            matrix[(i * n) + i] += 0.1;
        }

        var inverse = matrix.ToArray();
        Assert.True(Cholesky.Invert(inverse, n));
        for (var row = 0; row < n; row++)
        {
            for (var column = 0; column < n; column++)
            {
                Assert.Equal(inverse[(row * n) + column], inverse[(column * n) + row]);
                Near.Equal(row == column ? 1 : 0, Enumerable.Range(0, n).Sum(k => inverse[(row * n) + k] * matrix[(k * n) + column]), 1e-9);
            }
        }
    }

    [Fact]
    public void A_matrix_that_is_not_positive_definite_is_refused() => Assert.False(Cholesky.Invert([1, 2, 2, 1], 2));
}
