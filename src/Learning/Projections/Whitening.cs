using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// What filters drawn from examples share (Coates, Lee and Ng 2011): an example has its mean taken off and its contrast divided out, x ← (x − x̄) / √(var + 0.1), and with
/// C = covariance + mean variance · 1 a drawn one, p, becomes the filter f = C⁻¹ p / √(pᵀ C⁻¹ p): the unit vector of the whitened example seen from input space.
/// </summary>
internal static class Whitening
{
    private const float Floor = 1f;
    private const float ContrastFloor = 0.1f;
    private const float LeastContrast = 0.3f;

    /// <summary>Takes the mean off and divides the contrast out.</summary>
    /// <param name="example">Shape [n]; changed.</param>
    /// <returns>False, with the contrast left as it is, where there is none.</returns>
    public static bool Normalise(Span<float> example)
    {
        var mean = Reduction.Sum(example) / example.Length;
        for (var i = 0; i < example.Length; i++)
        {
            example[i] -= mean;
        }

        var variance = Reduction.SumOfSquares(example) / example.Length;
        if (variance < 1e-6f)
        {
            return false;
        }

        RowKernels.Scale(example, 1f / MathF.Sqrt(variance + ContrastFloor), example);
        return true;
    }

    /// <summary>Whether a normalised example had enough contrast to be drawn or to count in the covariance.</summary>
    /// <param name="example">Shape [n].</param>
    /// <returns>Whether its mean square is above 0.3.</returns>
    public static bool HasContrast(ReadOnlySpan<float> example) => Reduction.SumOfSquares(example) > LeastContrast * example.Length;

    /// <summary>scatter += x xᵀ.</summary>
    /// <param name="example">Shape [n].</param>
    /// <param name="scatter">Shape [n, stride].</param>
    /// <param name="stride">Floats from row to row.</param>
    public static void AddScatter(ReadOnlySpan<float> example, Span<float> scatter, int stride)
    {
        for (var row = 0; row < example.Length; row++)
        {
            RowKernels.AddScaled(example, example[row], scatter.Slice(row * stride, example.Length));
        }
    }

    /// <summary>C⁻¹ from a sum of outer products.</summary>
    /// <param name="scatter">Σ x xᵀ; shape [n, stride].</param>
    /// <param name="count">Examples in it.</param>
    /// <param name="n">Numbers in an example.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="matrix">Room for n² doubles.</param>
    /// <param name="precision">C⁻¹; shape [n, stride].</param>
    /// <returns>False where C has no inverse; nothing is written then.</returns>
    public static bool Invert(ReadOnlySpan<float> scatter, long count, int n, int stride, Span<double> matrix, Span<float> precision)
    {
        var trace = 0d;
        for (var row = 0; row < n; row++)
        {
            trace += scatter[(row * stride) + row] / (double)count;
            for (var column = 0; column < n; column++)
            {
                matrix[(row * n) + column] = scatter[(row * stride) + column] / (double)count;
            }
        }

        for (var row = 0; row < n; row++)
        {
            matrix[(row * n) + row] += Math.Max(1e-6, Floor * trace / n);
        }

        if (!Cholesky.Invert(matrix, n))
        {
            return false;
        }

        for (var row = 0; row < n; row++)
        {
            for (var column = 0; column < n; column++)
            {
                precision[(row * stride) + column] = (float)matrix[(row * n) + column];
            }
        }

        return true;
    }

    /// <summary>Turns a drawn example into a filter.</summary>
    /// <param name="example">p; shape [n].</param>
    /// <param name="precision">C⁻¹; shape [n, stride].</param>
    /// <param name="stride">Floats from row to row of C⁻¹.</param>
    /// <param name="filter">Where the filter's weights begin.</param>
    /// <param name="step">Floats from weight to weight.</param>
    public static void Whiten(ReadOnlySpan<float> example, ReadOnlySpan<float> precision, int stride, Span<float> filter, int step)
    {
        var square = 0f;
        for (var row = 0; row < example.Length; row++)
        {
            var value = Reduction.Dot(precision.Slice(row * stride, example.Length), example);
            filter[row * step] = value;
            square = MathF.FusedMultiplyAdd(value, example[row], square);
        }

        var scale = square > 0f ? 1f / MathF.Sqrt(square) : 0f;
        for (var row = 0; row < example.Length; row++)
        {
            filter[row * step] *= scale;
        }
    }
}
