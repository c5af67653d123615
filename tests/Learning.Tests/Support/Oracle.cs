namespace LifelongApi.Learning.Tests.Support;

/// <summary>Plain loops in double.</summary>
internal static class Oracle
{
    /// <summary>xᵀ W.</summary>
    public static double[] Drive(double[,] weights, ReadOnlySpan<float> x)
    {
        var drive = new double[weights.GetLength(1)];
        for (var i = 0; i < x.Length; i++)
        {
            for (var j = 0; j < drive.Length; j++)
            {
                drive[j] += x[i] * weights[i, j];
            }
        }

        return drive;
    }

    /// <summary>Solves A X = B by Gaussian elimination with pivoting.</summary>
    public static double[,] Solve(double[,] a, double[,] b)
    {
        var n = a.GetLength(0);
        var m = b.GetLength(1);
        var (left, right) = ((double[,])a.Clone(), (double[,])b.Clone());
        for (var column = 0; column < n; column++)
        {
            var pivot = Enumerable.Range(column, n - column).MaxBy(row => Math.Abs(left[row, column]));
            for (var j = 0; j < n; j++)
            {
                (left[column, j], left[pivot, j]) = (left[pivot, j], left[column, j]);
            }

            for (var j = 0; j < m; j++)
            {
                (right[column, j], right[pivot, j]) = (right[pivot, j], right[column, j]);
            }

            for (var row = 0; row < n; row++)
            {
                if (row == column)
                {
                    continue;
                }

                var factor = left[row, column] / left[column, column];
                for (var j = 0; j < n; j++)
                {
                    left[row, j] -= factor * left[column, j];
                }

                for (var j = 0; j < m; j++)
                {
                    right[row, j] -= factor * right[column, j];
                }
            }
        }

        for (var row = 0; row < n; row++)
        {
            for (var j = 0; j < m; j++)
            {
                right[row, j] /= left[row, row];
            }
        }

        return right;
    }

    public static double[,] Inverse(double[,] a) => Solve(a, Identity(a.GetLength(0), 1));

    public static double[,] Identity(int n, double diagonal)
    {
        var identity = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            identity[i, i] = diagonal;
        }

        return identity;
    }

    public static double[,] Multiply(double[,] a, double[,] b)
    {
        var product = new double[a.GetLength(0), b.GetLength(1)];
        for (var i = 0; i < a.GetLength(0); i++)
        {
            for (var k = 0; k < a.GetLength(1); k++)
            {
                for (var j = 0; j < b.GetLength(1); j++)
                {
                    product[i, j] += a[i, k] * b[k, j];
                }
            }
        }

        return product;
    }
}
