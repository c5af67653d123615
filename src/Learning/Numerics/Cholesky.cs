namespace LifelongApi.Learning.Numerics;

/// <summary>Inverse of a symmetric positive definite matrix by Cholesky factors (Golub and Van Loan 2013, algorithm 4.2.1), in double with plain operations in one fixed order.</summary>
public static class Cholesky
{
    /// <summary>Inverts in place.</summary>
    /// <param name="matrix">Shape [n, n], symmetric positive definite, row-major without padding; becomes its inverse.</param>
    /// <param name="n">Order.</param>
    /// <returns>False where the matrix is not positive definite; its content is then undefined.</returns>
    public static bool Invert(Span<double> matrix, int n)
    {
        for (var j = 0; j < n; j++)
        {
            var pivot = matrix[(j * n) + j];
            for (var k = 0; k < j; k++)
            {
                pivot -= matrix[(j * n) + k] * matrix[(j * n) + k];
            }

            if (!(pivot > 0))
            {
                return false;
            }

            var root = Math.Sqrt(pivot);
            matrix[(j * n) + j] = root;
            for (var i = j + 1; i < n; i++)
            {
                var sum = matrix[(i * n) + j];
                for (var k = 0; k < j; k++)
                {
                    sum -= matrix[(i * n) + k] * matrix[(j * n) + k];
                }

                matrix[(i * n) + j] = sum / root;
            }
        }

        InvertFactor(matrix, n);
        SquareFactor(matrix, n);
        return true;
    }

    /// <summary>L ← L⁻¹ in the lower triangle.</summary>
    private static void InvertFactor(Span<double> lower, int n)
    {
        for (var j = 0; j < n; j++)
        {
            lower[(j * n) + j] = 1d / lower[(j * n) + j];
            for (var i = j + 1; i < n; i++)
            {
                var sum = 0d;
                for (var k = j; k < i; k++)
                {
                    sum -= lower[(i * n) + k] * lower[(k * n) + j];
                }

                lower[(i * n) + j] = sum / lower[(i * n) + i];
            }
        }
    }

    /// <summary>A⁻¹ = L⁻ᵀ L⁻¹, written to both triangles.</summary>
    private static void SquareFactor(Span<double> lower, int n)
    {
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = 0d;
                for (var k = i; k < n; k++)
                {
                    sum += lower[(k * n) + i] * lower[(k * n) + j];
                }

                // Row i of the factor is not read again for later columns: only rows k ≥ i of columns i and j are, and (i, j) was the first of them.
                lower[(j * n) + i] = sum;
            }
        }

        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < i; j++)
            {
                lower[(i * n) + j] = lower[(j * n) + i];
            }
        }
    }
}
