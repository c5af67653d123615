namespace LifelongApi.Experiments.Data;

/// <summary>
/// Loan applications of nine features and two groups, by one of ten predicates (Agrawal, Imielinski and Swami 1993, functions 1 … 10); numbers are perturbed by a share of their range after the label was given.
/// </summary>
/// <param name="function">1 … 10.</param>
/// <param name="perturbation">Share of the range.</param>
internal sealed class AgrawalConcept(int function, double perturbation = 0.05) : IConcept
{
    public IReadOnlyList<string> Names { get; } = ["salary", "commission", "age", "education", "car", "zip", "house", "years", "loan"];

    public string Draw(Draws draws, object?[] row)
    {
        var salary = draws.Uniform(20_000, 150_000);
        var commission = draws.Uniform(10_000, 75_000);
        commission = salary >= 75_000 ? 0 : commission;
        var age = draws.Uniform(20, 80);
        var education = draws.Below(5);
        var car = draws.Below(20);
        var zip = draws.Below(9);
        var house = (9 - zip) * 100_000 * draws.Uniform(0.5, 1.5);
        var years = 1 + draws.Below(30);
        var loan = draws.Uniform(0, 500_000);
        var isFirst = IsFirst(salary, commission, age, education, house, years, loan);
        row[0] = Perturb(salary, 20_000, 150_000, draws);
        row[1] = commission > 0 ? Perturb(commission, 10_000, 75_000, draws) : 0d;
        row[2] = Perturb(age, 20, 80, draws);
        row[3] = $"level{education}";
        row[4] = $"car{car}";
        row[5] = $"zip{zip}";
        row[6] = Perturb(house, 0, 1_350_000, draws);
        row[7] = (double)years;
        row[8] = Perturb(loan, 0, 500_000, draws);
        return isFirst ? "A" : "B";
    }

    private bool IsFirst(double salary, double commission, double age, int education, double house, int years, double loan)
    {
        var income = salary + commission;
        var equity = years < 20 ? 0 : house * (years - 20) / 10;
        return function switch
        {
            1 => age is < 40 or >= 60,
            2 => Within(age, salary, (50_000, 100_000), (75_000, 125_000), (25_000, 75_000)),
            3 => age < 40 ? education <= 1 : age < 60 ? education is >= 1 and <= 3 : education >= 2,
            4 => age < 40 ? Between(salary, education <= 1 ? (25_000, 75_000) : (50_000, 100_000))
                : age < 60 ? Between(salary, education is >= 1 and <= 3 ? (50_000, 100_000) : (75_000, 125_000))
                : Between(salary, education >= 2 ? (50_000, 100_000) : (25_000, 75_000)),
            5 => age < 40 ? Between(loan, Between(salary, (50_000, 100_000)) ? (100_000, 300_000) : (200_000, 400_000))
                : age < 60 ? Between(loan, Between(salary, (75_000, 125_000)) ? (200_000, 400_000) : (300_000, 500_000))
                : Between(loan, Between(salary, (25_000, 75_000)) ? (300_000, 500_000) : (100_000, 300_000)),
            6 => Within(age, income, (50_000, 100_000), (75_000, 125_000), (25_000, 75_000)),
            7 => (2 * income / 3) - (loan / 5) - 20_000 > 0,
            8 => (2 * income / 3) - (5_000 * education) - 20_000 > 0,
            9 => (2 * income / 3) - (5_000 * education) - (loan / 5) - 10_000 > 0,
            10 => (2 * income / 3) - (5_000 * education) + (equity / 5) - 10_000 > 0,
            _ => throw new InvalidOperationException($"There is no function {function}."),
        };
    }

    private static bool Within(double age, double amount, (double, double) young, (double, double) middle, (double, double) old) => Between(amount, age < 40 ? young : age < 60 ? middle : old);

    private static bool Between(double value, (double Low, double High) range) => value >= range.Low && value <= range.High;

    private double Perturb(double value, double low, double high, Draws draws) => Math.Clamp(value + (perturbation * (high - low) * draws.Uniform(-1, 1)), low, high);
}
